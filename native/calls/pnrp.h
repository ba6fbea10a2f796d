#ifndef WINPEER_CALLS_PNRP_H_
#define WINPEER_CALLS_PNRP_H_

#include <napi.h>

namespace winpeer {

// PNRP's functions in p2p.dll.
void ExportPnrpCalls(Napi::Env env, Napi::Object exports);

}  // namespace winpeer

#endif  // WINPEER_CALLS_PNRP_H_

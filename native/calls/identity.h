#ifndef WINPEER_CALLS_IDENTITY_H_
#define WINPEER_CALLS_IDENTITY_H_

#include <napi.h>

namespace winpeer {

// The Identity Manager's functions in p2p.dll.
void ExportIdentityCalls(Napi::Env env, Napi::Object exports);

}  // namespace winpeer

#endif  // WINPEER_CALLS_IDENTITY_H_

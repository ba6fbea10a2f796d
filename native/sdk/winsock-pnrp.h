// The PNRP name space of Winsock. Toolchains agree on the types; the functions come from ws2_32.dll at run time, since
// the addon links with nothing that may be missing.
#ifndef WINPEER_SDK_WINSOCK_PNRP_H_
#define WINPEER_SDK_WINSOCK_PNRP_H_

#include <winsock2.h>
// After winsock2.h.
#include <pnrpns.h>
#include <ws2tcpip.h>

namespace winpeer::sdk {

// pnrpns.h only declares them; their definitions would need a library, or INITGUID.
inline constexpr GUID kPnrpNameClass = {0xc2239ce7, 0x00c0, 0x4fbf, {0xba, 0xd6, 0x18, 0x13, 0x93, 0x85, 0xa4, 0x9a}};
inline constexpr GUID kPnrpCloudClass = {0xc2239ce6, 0x00c0, 0x4fbf, {0xba, 0xd6, 0x18, 0x13, 0x93, 0x85, 0xa4, 0x9a}};

}  // namespace winpeer::sdk

#endif  // WINPEER_SDK_WINSOCK_PNRP_H_

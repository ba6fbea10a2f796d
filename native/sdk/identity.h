// The Identity Manager and the common enumeration of p2p.dll, as documented. Toolchains' own p2p.h mark all of it as
// deprecated, and differ in what they have.
#ifndef WINPEER_SDK_IDENTITY_H_
#define WINPEER_SDK_IDENTITY_H_

#include <windows.h>
// After windows.h, which leaves it out with WIN32_LEAN_AND_MEAN.
#include <wincrypt.h>

namespace winpeer::sdk {

using HPEERENUM = void*;

struct PEER_NAME_PAIR {
  DWORD dwSize;
  PWSTR pwzPeerName;
  PWSTR pwzFriendlyName;
};

using PeerFreeData = VOID WINAPI(LPCVOID);
using PeerGetItemCount = HRESULT WINAPI(HPEERENUM, ULONG*);
using PeerGetNextItem = HRESULT WINAPI(HPEERENUM, ULONG*, PVOID**);
using PeerEndEnumeration = HRESULT WINAPI(HPEERENUM);
using PeerIdentityCreate = HRESULT WINAPI(PCWSTR, PCWSTR, HCRYPTPROV, PWSTR*);
using PeerIdentityGetFriendlyName = HRESULT WINAPI(PCWSTR, PWSTR*);
using PeerIdentitySetFriendlyName = HRESULT WINAPI(PCWSTR, PCWSTR);
using PeerIdentityGetCryptKey = HRESULT WINAPI(PCWSTR, HCRYPTPROV*);
using PeerIdentityDelete = HRESULT WINAPI(PCWSTR);
using PeerEnumIdentities = HRESULT WINAPI(HPEERENUM*);
using PeerEnumGroups = HRESULT WINAPI(PCWSTR, HPEERENUM*);
using PeerCreatePeerName = HRESULT WINAPI(PCWSTR, PCWSTR, PWSTR*);
using PeerIdentityGetXML = HRESULT WINAPI(PCWSTR, PWSTR*);
using PeerIdentityExport = HRESULT WINAPI(PCWSTR, PCWSTR, PWSTR*);
using PeerIdentityImport = HRESULT WINAPI(PCWSTR, PCWSTR, PWSTR*);
using PeerIdentityGetDefault = HRESULT WINAPI(PWSTR*);

}  // namespace winpeer::sdk

#endif  // WINPEER_SDK_IDENTITY_H_

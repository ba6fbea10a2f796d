// PNRP in p2p.dll, as documented. Toolchains' own p2p.h mark all of it as deprecated.
#ifndef WINPEER_SDK_PNRP_H_
#define WINPEER_SDK_PNRP_H_

#include <winsock2.h>
// After winsock2.h, which it extends.
#include <ws2tcpip.h>

namespace winpeer::sdk {

using HREGISTRATION = void*;
using HRESOLUTION = void*;

// The members have no use here: what Windows says is handed on as a number.
enum PNRP_SCOPE : int {};

// PEER_PNRP_AUTO_ADDRESSES, which is a macro elsewhere.
constexpr ULONG kAutoAddresses = 0xffffffff;

struct PEER_DATA {
  ULONG cbData;
  PBYTE pbData;
};

struct PEER_PNRP_ENDPOINT_INFO {
  PWSTR pwzPeerName;
  ULONG cAddresses;
  SOCKADDR** ppAddresses;
  PWSTR pwzComment;
  PEER_DATA payload;
};

struct PEER_PNRP_CLOUD_INFO {
  PWSTR pwzCloudName;
  PNRP_SCOPE dwScope;
  DWORD dwScopeId;
};

struct PEER_PNRP_REGISTRATION_INFO {
  PWSTR pwzCloudName;
  PWSTR pwzPublishingIdentity;
  ULONG cAddresses;
  SOCKADDR** ppAddresses;
  WORD wPort;
  PWSTR pwzComment;
  PEER_DATA payload;
};

using PeerNameToPeerHostName = HRESULT WINAPI(PCWSTR, PWSTR*);
using PeerHostNameToPeerName = HRESULT WINAPI(PCWSTR, PWSTR*);
using PeerPnrpStartup = HRESULT WINAPI(WORD);
using PeerPnrpShutdown = HRESULT WINAPI();
using PeerPnrpRegister = HRESULT WINAPI(PCWSTR, PEER_PNRP_REGISTRATION_INFO*, HREGISTRATION*);
using PeerPnrpUpdateRegistration = HRESULT WINAPI(HREGISTRATION, PEER_PNRP_REGISTRATION_INFO*);
using PeerPnrpUnregister = HRESULT WINAPI(HREGISTRATION);
using PeerPnrpStartResolve = HRESULT WINAPI(PCWSTR, PCWSTR, ULONG, HANDLE, HRESOLUTION*);
using PeerPnrpGetCloudInfo = HRESULT WINAPI(ULONG*, PEER_PNRP_CLOUD_INFO**);
using PeerPnrpGetEndpoint = HRESULT WINAPI(HRESOLUTION, PEER_PNRP_ENDPOINT_INFO**);
using PeerPnrpEndResolve = HRESULT WINAPI(HRESOLUTION);

}  // namespace winpeer::sdk

#endif  // WINPEER_SDK_PNRP_H_

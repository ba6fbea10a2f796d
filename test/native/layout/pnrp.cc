// Compiled, never run: what native/sdk declares for PNRP beside mingw-w64's own p2p.h.
#include <winsock2.h>
// After winsock2.h.
#include <p2p.h>

#include <cstddef>
#include <type_traits>

#include "../../../native/sdk/pnrp.h"

namespace sdk = winpeer::sdk;

static_assert(std::is_same_v<HREGISTRATION, sdk::HREGISTRATION>);
static_assert(std::is_same_v<HRESOLUTION, sdk::HRESOLUTION>);
static_assert(sizeof(PNRP_SCOPE) == sizeof(sdk::PNRP_SCOPE));
static_assert(PEER_PNRP_AUTO_ADDRESSES == sdk::kAutoAddresses);

static_assert(sizeof(PEER_DATA) == sizeof(sdk::PEER_DATA));
static_assert(alignof(PEER_DATA) == alignof(sdk::PEER_DATA));
static_assert(offsetof(PEER_DATA, cbData) == offsetof(sdk::PEER_DATA, cbData));
static_assert(offsetof(PEER_DATA, pbData) == offsetof(sdk::PEER_DATA, pbData));

static_assert(sizeof(PEER_PNRP_ENDPOINT_INFO) == sizeof(sdk::PEER_PNRP_ENDPOINT_INFO));
static_assert(alignof(PEER_PNRP_ENDPOINT_INFO) == alignof(sdk::PEER_PNRP_ENDPOINT_INFO));
static_assert(offsetof(PEER_PNRP_ENDPOINT_INFO, pwzPeerName) == offsetof(sdk::PEER_PNRP_ENDPOINT_INFO, pwzPeerName));
static_assert(offsetof(PEER_PNRP_ENDPOINT_INFO, cAddresses) == offsetof(sdk::PEER_PNRP_ENDPOINT_INFO, cAddresses));
static_assert(offsetof(PEER_PNRP_ENDPOINT_INFO, ppAddresses) == offsetof(sdk::PEER_PNRP_ENDPOINT_INFO, ppAddresses));
static_assert(offsetof(PEER_PNRP_ENDPOINT_INFO, pwzComment) == offsetof(sdk::PEER_PNRP_ENDPOINT_INFO, pwzComment));
static_assert(offsetof(PEER_PNRP_ENDPOINT_INFO, payload) == offsetof(sdk::PEER_PNRP_ENDPOINT_INFO, payload));

static_assert(sizeof(PEER_PNRP_CLOUD_INFO) == sizeof(sdk::PEER_PNRP_CLOUD_INFO));
static_assert(alignof(PEER_PNRP_CLOUD_INFO) == alignof(sdk::PEER_PNRP_CLOUD_INFO));
static_assert(offsetof(PEER_PNRP_CLOUD_INFO, pwzCloudName) == offsetof(sdk::PEER_PNRP_CLOUD_INFO, pwzCloudName));
static_assert(offsetof(PEER_PNRP_CLOUD_INFO, dwScope) == offsetof(sdk::PEER_PNRP_CLOUD_INFO, dwScope));
static_assert(offsetof(PEER_PNRP_CLOUD_INFO, dwScopeId) == offsetof(sdk::PEER_PNRP_CLOUD_INFO, dwScopeId));

using Info = PEER_PNRP_REGISTRATION_INFO;
using SdkInfo = sdk::PEER_PNRP_REGISTRATION_INFO;
static_assert(sizeof(Info) == sizeof(SdkInfo));
static_assert(alignof(Info) == alignof(SdkInfo));
static_assert(offsetof(Info, pwzCloudName) == offsetof(SdkInfo, pwzCloudName));
static_assert(offsetof(Info, pwzPublishingIdentity) == offsetof(SdkInfo, pwzPublishingIdentity));
static_assert(offsetof(Info, cAddresses) == offsetof(SdkInfo, cAddresses));
static_assert(offsetof(Info, ppAddresses) == offsetof(SdkInfo, ppAddresses));
static_assert(offsetof(Info, wPort) == offsetof(SdkInfo, wPort));
static_assert(offsetof(Info, pwzComment) == offsetof(SdkInfo, pwzComment));
static_assert(offsetof(Info, payload) == offsetof(SdkInfo, payload));

// The calling convention is part of these types on x86. Structures of the same layout stand for each other.
static_assert(std::is_same_v<decltype(PeerNameToPeerHostName), sdk::PeerNameToPeerHostName>);
static_assert(std::is_same_v<decltype(PeerHostNameToPeerName), sdk::PeerHostNameToPeerName>);
static_assert(std::is_same_v<decltype(PeerPnrpStartup), sdk::PeerPnrpStartup>);
static_assert(std::is_same_v<decltype(PeerPnrpShutdown), sdk::PeerPnrpShutdown>);
static_assert(std::is_same_v<decltype(PeerPnrpUnregister), sdk::PeerPnrpUnregister>);
static_assert(std::is_same_v<decltype(PeerPnrpStartResolve), sdk::PeerPnrpStartResolve>);
static_assert(std::is_same_v<decltype(PeerPnrpEndResolve), sdk::PeerPnrpEndResolve>);

// What the function would be if its parameters pointed to the header's own structures.
template <class Function, class Ours, class Theirs>
struct Renamed;
template <class Ours, class Theirs, class... Parameters>
struct Renamed<HRESULT WINAPI(Parameters...), Ours, Theirs> {
  using type = HRESULT WINAPI(
      std::conditional_t<std::is_same_v<Parameters, Ours*>, Theirs*,
                         std::conditional_t<std::is_same_v<Parameters, Ours**>, Theirs**, Parameters>>...);
};
template <class Function, class Ours, class Theirs>
using RenamedT = typename Renamed<Function, Ours, Theirs>::type;

static_assert(std::is_same_v<decltype(PeerPnrpRegister), RenamedT<sdk::PeerPnrpRegister, SdkInfo, Info>>);
static_assert(
    std::is_same_v<decltype(PeerPnrpUpdateRegistration), RenamedT<sdk::PeerPnrpUpdateRegistration, SdkInfo, Info>>);
static_assert(std::is_same_v<decltype(PeerPnrpGetCloudInfo),
                             RenamedT<sdk::PeerPnrpGetCloudInfo, sdk::PEER_PNRP_CLOUD_INFO, PEER_PNRP_CLOUD_INFO>>);
static_assert(
    std::is_same_v<decltype(PeerPnrpGetEndpoint),
                   RenamedT<sdk::PeerPnrpGetEndpoint, sdk::PEER_PNRP_ENDPOINT_INFO, PEER_PNRP_ENDPOINT_INFO>>);

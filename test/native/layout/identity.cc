// Compiled, never run: what native/sdk declares for the Identity Manager beside mingw-w64's own p2p.h.
#include <winsock2.h>
// After winsock2.h.
#include <p2p.h>

#include <cstddef>
#include <type_traits>

#include "../../../native/sdk/identity.h"

namespace sdk = winpeer::sdk;

static_assert(std::is_same_v<HPEERENUM, sdk::HPEERENUM>);

static_assert(sizeof(PEER_NAME_PAIR) == sizeof(sdk::PEER_NAME_PAIR));
static_assert(alignof(PEER_NAME_PAIR) == alignof(sdk::PEER_NAME_PAIR));
static_assert(offsetof(PEER_NAME_PAIR, dwSize) == offsetof(sdk::PEER_NAME_PAIR, dwSize));
static_assert(offsetof(PEER_NAME_PAIR, pwzPeerName) == offsetof(sdk::PEER_NAME_PAIR, pwzPeerName));
static_assert(offsetof(PEER_NAME_PAIR, pwzFriendlyName) == offsetof(sdk::PEER_NAME_PAIR, pwzFriendlyName));

// The calling convention is part of these types on x86.
static_assert(std::is_same_v<decltype(PeerFreeData), sdk::PeerFreeData>);
static_assert(std::is_same_v<decltype(PeerGetItemCount), sdk::PeerGetItemCount>);
static_assert(std::is_same_v<decltype(PeerGetNextItem), sdk::PeerGetNextItem>);
static_assert(std::is_same_v<decltype(PeerEndEnumeration), sdk::PeerEndEnumeration>);
static_assert(std::is_same_v<decltype(PeerIdentityCreate), sdk::PeerIdentityCreate>);
static_assert(std::is_same_v<decltype(PeerIdentityGetFriendlyName), sdk::PeerIdentityGetFriendlyName>);
static_assert(std::is_same_v<decltype(PeerIdentitySetFriendlyName), sdk::PeerIdentitySetFriendlyName>);
static_assert(std::is_same_v<decltype(PeerIdentityGetCryptKey), sdk::PeerIdentityGetCryptKey>);
static_assert(std::is_same_v<decltype(PeerIdentityDelete), sdk::PeerIdentityDelete>);
static_assert(std::is_same_v<decltype(PeerEnumIdentities), sdk::PeerEnumIdentities>);
static_assert(std::is_same_v<decltype(PeerEnumGroups), sdk::PeerEnumGroups>);
static_assert(std::is_same_v<decltype(PeerCreatePeerName), sdk::PeerCreatePeerName>);
static_assert(std::is_same_v<decltype(PeerIdentityGetXML), sdk::PeerIdentityGetXML>);
static_assert(std::is_same_v<decltype(PeerIdentityExport), sdk::PeerIdentityExport>);
static_assert(std::is_same_v<decltype(PeerIdentityImport), sdk::PeerIdentityImport>);
static_assert(std::is_same_v<decltype(PeerIdentityGetDefault), sdk::PeerIdentityGetDefault>);

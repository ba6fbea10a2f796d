#ifndef WINPEER_MARSHAL_PNRP_INFO_H_
#define WINPEER_MARSHAL_PNRP_INFO_H_

#include <napi.h>

#include <optional>
#include <string>
#include <vector>

#include "../runtime/arguments.h"
#include "../runtime/pending-calls.h"
#include "../sdk/pnrp.h"
#include "socket-address.h"

namespace winpeer {

// { cloudName: string | null, publishingIdentity: string | null, addresses: SocketAddress[] | null, port: number,
//   comment: string | null, payload: Uint8Array | null }; addresses that are null are automatic ones.
class RegistrationInfo {
 public:
  explicit RegistrationInfo(const Napi::Value& value);

  // Calls `call` with a PEER_PNRP_REGISTRATION_INFO that lasts as long as the call does.
  template <class Call>
  HRESULT With(const Call& call) const {
    std::vector<SocketAddress> addresses = addresses_.value_or(std::vector<SocketAddress>());
    std::vector<SOCKADDR*> pointers;
    for (SocketAddress& it : addresses) pointers.push_back(&it.any);
    std::vector<uint8_t> payload = payload_;
    sdk::PEER_PNRP_REGISTRATION_INFO info{};
    // Windows takes these texts as what it may write to, and its page does not say that it would.
    info.pwzCloudName = const_cast<PWSTR>(PointerOrNull(cloud_name_));
    info.pwzPublishingIdentity = const_cast<PWSTR>(PointerOrNull(publishing_identity_));
    info.cAddresses = addresses_.has_value() ? static_cast<ULONG>(pointers.size()) : sdk::kAutoAddresses;
    info.ppAddresses = pointers.empty() ? nullptr : pointers.data();
    info.wPort = port_;
    info.pwzComment = const_cast<PWSTR>(PointerOrNull(comment_));
    info.payload = {static_cast<ULONG>(payload.size()), payload.empty() ? nullptr : payload.data()};
    return call(&info);
  }

 private:
  std::optional<std::wstring> cloud_name_;
  std::optional<std::wstring> publishing_identity_;
  std::optional<std::vector<SocketAddress>> addresses_;
  uint16_t port_ = 0;
  std::optional<std::wstring> comment_;
  std::vector<uint8_t> payload_;
};

// { peerName: string, addresses: SocketAddress[], comment: string | null, payload: Uint8Array | null }
Outcome::ToJs CopyEndpoint(const sdk::PEER_PNRP_ENDPOINT_INFO& endpoint);

// { name: string, scope: number, scopeId: number }[]
Outcome::ToJs CopyClouds(const sdk::PEER_PNRP_CLOUD_INFO* clouds, ULONG count);

}  // namespace winpeer

#endif  // WINPEER_MARSHAL_PNRP_INFO_H_

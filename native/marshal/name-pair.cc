#include "name-pair.h"

#include <string>

#include "../runtime/arguments.h"
#include "../sdk/identity.h"

namespace winpeer {

Outcome::ToJs CopyNamePair(const void* item) {
  const auto& pair = *static_cast<const sdk::PEER_NAME_PAIR*>(item);
  return [peer_name = CopyText(pair.pwzPeerName), friendly_name = CopyText(pair.pwzFriendlyName)](Napi::Env env) {
    auto object = Napi::Object::New(env);
    object.Set("peerName", FromWide(env, peer_name));
    object.Set("friendlyName", FromWide(env, friendly_name));
    return object;
  };
}

}  // namespace winpeer

#include "socket-address.h"

#include <algorithm>
#include <cstring>

#include "../runtime/arguments.h"
#include "../runtime/windows-error.h"

namespace winpeer {

namespace {

// A function of ws2_32, to which the addon does not bind.
constexpr uint16_t SwapBytes(uint16_t port) {
  return static_cast<uint16_t>(port << 8 | port >> 8);
}

Napi::Object FromSocketAddress(Napi::Env env, const SocketAddress& it) {
  const bool six = it.any.sa_family == AF_INET6;
  const auto* const bytes =
      six ? reinterpret_cast<const uint8_t*>(&it.six.sin6_addr) : reinterpret_cast<const uint8_t*>(&it.four.sin_addr);
  auto object = Napi::Object::New(env);
  object.Set("address", FromBytes(env, std::vector<uint8_t>(bytes, bytes + (six ? 16 : 4))));
  object.Set("port", SwapBytes(six ? it.six.sin6_port : it.four.sin_port));
  object.Set("scopeId", static_cast<uint32_t>(six ? it.six.sin6_scope_id : 0));
  return object;
}

}  // namespace

SocketAddress ToSocketAddress(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw InvalidArgument(value.Env(), name, "a socket address");
  const auto object = value.As<Napi::Object>();
  const std::vector<uint8_t> address = ToBytes(object.Get("address"), "address");
  const uint32_t port = ToUint32(object.Get("port"), "port");
  const uint32_t scope_id = ToUint32(object.Get("scopeId"), "scopeId");
  if (port > UINT16_MAX) throw InvalidArgument(value.Env(), "port", "an unsigned 16-bit number");
  SocketAddress it{};
  if (address.size() == sizeof it.six.sin6_addr) {
    it.six.sin6_family = AF_INET6;
    it.six.sin6_port = SwapBytes(static_cast<uint16_t>(port));
    it.six.sin6_scope_id = scope_id;
    std::copy(address.begin(), address.end(), reinterpret_cast<uint8_t*>(&it.six.sin6_addr));
  } else if (address.size() == sizeof it.four.sin_addr) {
    it.four.sin_family = AF_INET;
    it.four.sin_port = SwapBytes(static_cast<uint16_t>(port));
    std::copy(address.begin(), address.end(), reinterpret_cast<uint8_t*>(&it.four.sin_addr));
  } else {
    throw InvalidArgument(value.Env(), "address", "16 bytes, or 4");
  }
  return it;
}

std::vector<SocketAddress> CopySocketAddresses(SOCKADDR* const* addresses, ULONG count) {
  std::vector<SocketAddress> copies;
  for (ULONG i = 0; addresses != nullptr && i < count; i++) {
    if (addresses[i] == nullptr) continue;
    SocketAddress copy{};
    if (addresses[i]->sa_family == AF_INET6) {
      std::memcpy(&copy.six, addresses[i], sizeof copy.six);
    } else if (addresses[i]->sa_family == AF_INET) {
      std::memcpy(&copy.four, addresses[i], sizeof copy.four);
    } else {
      continue;
    }
    copies.push_back(copy);
  }
  return copies;
}

Napi::Value FromSocketAddresses(Napi::Env env, const std::vector<SocketAddress>& addresses) {
  const auto array = Napi::Array::New(env, addresses.size());
  for (uint32_t i = 0; i < addresses.size(); i++) array.Set(i, FromSocketAddress(env, addresses[i]));
  return array;
}

}  // namespace winpeer

#include "pnrp-info.h"

#include <utility>

#include "../runtime/arguments.h"
#include "../runtime/windows-error.h"

namespace winpeer {

namespace {

std::optional<std::vector<SocketAddress>> ToAddresses(const Napi::Value& value) {
  if (value.IsNull()) return std::nullopt;
  if (!value.IsArray()) throw InvalidArgument(value.Env(), "addresses", "an array or null");
  const auto array = value.As<Napi::Array>();
  std::vector<SocketAddress> addresses;
  for (uint32_t i = 0; i < array.Length(); i++) addresses.push_back(ToSocketAddress(array.Get(i), "addresses"));
  return addresses;
}

Napi::Object ToObject(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw InvalidArgument(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}

}  // namespace

RegistrationInfo::RegistrationInfo(const Napi::Value& value) {
  const Napi::Object info = ToObject(value, "info");
  cloud_name_ = ToOptionalWide(info.Get("cloudName"), "cloudName");
  publishing_identity_ = ToOptionalWide(info.Get("publishingIdentity"), "publishingIdentity");
  addresses_ = ToAddresses(info.Get("addresses"));
  const uint32_t port = ToUint32(info.Get("port"), "port");
  if (port > UINT16_MAX) throw InvalidArgument(value.Env(), "port", "an unsigned 16-bit number");
  port_ = static_cast<uint16_t>(port);
  comment_ = ToOptionalWide(info.Get("comment"), "comment");
  const Napi::Value payload = info.Get("payload");
  if (!payload.IsNull()) payload_ = ToBytes(payload, "payload");
}

Outcome::ToJs CopyEndpoint(const sdk::PEER_PNRP_ENDPOINT_INFO& endpoint) {
  std::optional<std::wstring> comment;
  if (endpoint.pwzComment != nullptr) comment = endpoint.pwzComment;
  std::optional<std::vector<uint8_t>> payload;
  const auto& [size, bytes] = endpoint.payload;
  if (bytes != nullptr) payload.emplace(bytes, bytes + size);
  return [peer_name = CopyText(endpoint.pwzPeerName),
          addresses = CopySocketAddresses(endpoint.ppAddresses, endpoint.cAddresses), comment = std::move(comment),
          payload = std::move(payload)](Napi::Env env) {
    auto object = Napi::Object::New(env);
    object.Set("peerName", FromWide(env, peer_name));
    object.Set("addresses", FromSocketAddresses(env, addresses));
    object.Set("comment", comment.has_value() ? FromWide(env, *comment) : env.Null());
    object.Set("payload", payload.has_value() ? FromBytes(env, *payload) : env.Null());
    return object;
  };
}

Outcome::ToJs CopyClouds(const sdk::PEER_PNRP_CLOUD_INFO* clouds, ULONG count) {
  struct Cloud {
    std::wstring name;
    uint32_t scope;
    uint32_t scope_id;
  };
  std::vector<Cloud> copies;
  for (ULONG i = 0; clouds != nullptr && i < count; i++) {
    const auto& [name, scope, scope_id] = clouds[i];
    copies.push_back({CopyText(name), static_cast<uint32_t>(scope), scope_id});
  }
  return [copies = std::move(copies)](Napi::Env env) {
    const auto array = Napi::Array::New(env, copies.size());
    for (uint32_t i = 0; i < copies.size(); i++) {
      auto object = Napi::Object::New(env);
      object.Set("name", FromWide(env, copies[i].name));
      object.Set("scope", copies[i].scope);
      object.Set("scopeId", copies[i].scope_id);
      array.Set(i, object);
    }
    return array;
  };
}

}  // namespace winpeer

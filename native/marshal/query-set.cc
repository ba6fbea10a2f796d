#include "query-set.h"

#include <utility>

#include "../runtime/arguments.h"
#include "../runtime/windows-error.h"

namespace winpeer {

namespace {

using Bytes = std::vector<uint8_t>;

Napi::Object ToObject(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw InvalidArgument(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}

bool IsAbsent(const Napi::Value& value) {
  return value.IsNull() || value.IsUndefined();
}

SOCKET_ADDRESS PointTo(SocketAddress& it) {
  return {&it.any, static_cast<INT>(it.any.sa_family == AF_INET6 ? sizeof it.six : sizeof it.four)};
}

Bytes CopyBytes(const void* from, size_t size) {
  const auto* const first = static_cast<const uint8_t*>(from);
  return from == nullptr ? Bytes() : Bytes(first, first + size);
}

std::optional<std::wstring> CopyOptionalText(const wchar_t* text) {
  if (text == nullptr) return std::nullopt;
  return std::wstring(text);
}

Napi::Value FromOptionalWide(Napi::Env env, const std::optional<std::wstring>& text) {
  if (!text.has_value()) return env.Null();
  return FromWide(env, *text);
}

// What a result's blob says; nothing where it is none of this name space's.
Outcome::ToJs CopyBlob(const BLOB* blob, DWORD name_space) {
  const auto nothing = [](Napi::Env env) { return env.Null(); };
  if (blob == nullptr || blob->pBlobData == nullptr) return nothing;
  if (name_space == NS_PNRPCLOUD && blob->cbSize >= sizeof(PNRPCLOUDINFO)) {
    return [info = *reinterpret_cast<const PNRPCLOUDINFO*>(blob->pBlobData)](Napi::Env env) {
      auto object = Napi::Object::New(env);
      object.Set("scope", static_cast<uint32_t>(info.Cloud.Scope));
      object.Set("scopeId", static_cast<uint32_t>(info.Cloud.ScopeId));
      object.Set("cloudState", static_cast<uint32_t>(info.enCloudState));
      object.Set("cloudFlags", static_cast<uint32_t>(info.enCloudFlags));
      return object;
    };
  }
  if (name_space != NS_PNRPNAME || blob->cbSize < sizeof(PNRPINFO_V2)) return nothing;
  const auto& info = *reinterpret_cast<const PNRPINFO_V2*>(blob->pBlobData);
  if (info.enExtendedPayloadType == PNRP_EXTENDED_PAYLOAD_TYPE_BINARY) {
    return [bytes = CopyBytes(info.blobPayload.pBlobData, info.blobPayload.cbSize)](Napi::Env env) {
      auto object = Napi::Object::New(env);
      object.Set("payload", FromBytes(env, bytes));
      return object;
    };
  }
  if (info.enExtendedPayloadType != PNRP_EXTENDED_PAYLOAD_TYPE_STRING) return nothing;
  return [text = CopyText(info.pwszPayload)](Napi::Env env) {
    auto object = Napi::Object::New(env);
    object.Set("payload", FromWide(env, text));
    return object;
  };
}

}  // namespace

QuerySet::QuerySet(const Napi::Value& from) {
  const Napi::Object object = ToObject(from, "querySet");
  set_.dwSize = sizeof set_;
  set_.dwNameSpace = ToUint32(object.Get("nameSpace"), "nameSpace");
  class_ = set_.dwNameSpace == NS_PNRPCLOUD ? sdk::kPnrpCloudClass : sdk::kPnrpNameClass;
  set_.lpServiceClassId = &class_;
  if (const Napi::Value instance = object.Get("serviceInstanceName"); !IsAbsent(instance)) {
    instance_ = ToWide(instance, "serviceInstanceName");
    set_.lpszServiceInstanceName = instance_.data();
  }
  comment_ = ToOptionalWide(object.Get("comment"), "comment");
  if (comment_.has_value()) set_.lpszComment = comment_->data();
  context_ = ToOptionalWide(object.Get("context"), "context");
  if (context_.has_value()) set_.lpszContext = context_->data();
  SetAddresses(object.Get("localAddresses"));
  const Napi::Value blob = object.Get("blob");
  if (IsAbsent(blob)) return;
  if (set_.dwNameSpace == NS_PNRPCLOUD) {
    SetCloud(ToObject(blob, "blob"));
  } else {
    SetName(ToObject(blob, "blob"));
  }
}

void QuerySet::SetAddresses(const Napi::Value& from) {
  if (IsAbsent(from)) return;
  if (!from.IsArray()) throw InvalidArgument(from.Env(), "localAddresses", "an array");
  const auto array = from.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) addresses_.push_back(ToSocketAddress(array.Get(i), "localAddresses"));
  for (SocketAddress& address : addresses_) {
    // PNRP's users speak TCP for all that its interfaces can say.
    list_.push_back({PointTo(address), {}, SOCK_STREAM, IPPROTO_TCP});
  }
  set_.dwNumberOfCsAddrs = static_cast<DWORD>(list_.size());
  set_.lpcsaBuffer = list_.empty() ? nullptr : list_.data();
}

void QuerySet::SetName(const Napi::Object& from) {
  const auto number = [&](const char* name) { return ToUint32(from.Get(name), name); };
  info_.dwSize = sizeof info_;
  identity_ = ToOptionalWide(from.Get("identity"), "identity");
  if (identity_.has_value()) info_.lpwszIdentity = identity_->data();
  info_.nMaxResolve = number("maxResolve");
  info_.dwTimeout = number("timeout");
  info_.dwLifetime = number("lifetime");
  info_.enResolveCriteria = static_cast<PNRP_RESOLVE_CRITERIA>(number("resolveCriteria"));
  if (const Napi::Value hint = from.Get("hint"); !IsAbsent(hint)) {
    hint_ = ToSocketAddress(hint, "hint");
    info_.dwFlags = PNRPINFO_HINT;
    info_.saHint = PointTo(hint_);
  }
  const Napi::Value payload = from.Get("payload");
  if (payload.IsString()) {
    text_ = ToWide(payload, "payload");
    info_.enExtendedPayloadType = PNRP_EXTENDED_PAYLOAD_TYPE_STRING;
    info_.pwszPayload = text_.data();
  } else if (!IsAbsent(payload)) {
    bytes_ = ToBytes(payload, "payload");
    info_.enExtendedPayloadType = PNRP_EXTENDED_PAYLOAD_TYPE_BINARY;
    info_.blobPayload = {static_cast<ULONG>(bytes_.size()), bytes_.data()};
  }
  SetBlob(&info_, sizeof info_);
}

void QuerySet::SetCloud(const Napi::Object& from) {
  cloud_.dwSize = sizeof cloud_;
  cloud_.Cloud.AddressFamily = AF_INET6;
  cloud_.Cloud.Scope = static_cast<PNRP_SCOPE>(ToUint32(from.Get("scope"), "scope"));
  SetBlob(&cloud_, sizeof cloud_);
}

void QuerySet::SetBlob(void* content, size_t size) {
  blob_ = {static_cast<ULONG>(size), static_cast<BYTE*>(content)};
  set_.lpBlob = &blob_;
}

Outcome::ToJs CopyQueryResult(const WSAQUERYSETW& result) {
  std::vector<SOCKADDR*> remote;
  for (DWORD i = 0; result.lpcsaBuffer != nullptr && i < result.dwNumberOfCsAddrs; i++) {
    remote.push_back(result.lpcsaBuffer[i].RemoteAddr.lpSockaddr);
  }
  return [instance = CopyOptionalText(result.lpszServiceInstanceName), comment = CopyOptionalText(result.lpszComment),
          context = CopyOptionalText(result.lpszContext), flags = static_cast<uint32_t>(result.dwOutputFlags),
          addresses = CopySocketAddresses(remote.data(), static_cast<ULONG>(remote.size())),
          blob = CopyBlob(result.lpBlob, result.dwNameSpace)](Napi::Env env) {
    auto object = Napi::Object::New(env);
    object.Set("serviceInstanceName", FromOptionalWide(env, instance));
    object.Set("comment", FromOptionalWide(env, comment));
    object.Set("context", FromOptionalWide(env, context));
    object.Set("outputFlags", flags);
    object.Set("remoteAddresses", FromSocketAddresses(env, addresses));
    object.Set("blob", blob(env));
    return object;
  };
}

}  // namespace winpeer

// What every area of p2p.dll stands on: its blocks of memory, and the enumerations that they have in common.
#ifndef WINPEER_CALLS_P2P_H_
#define WINPEER_CALLS_P2P_H_

#include <napi.h>

#include <memory>
#include <string>
#include <utility>

#include "../runtime/arguments.h"
#include "../runtime/environment.h"
#include "../runtime/handle.h"
#include "../runtime/windows-error.h"
#include "../sdk/identity.h"

namespace winpeer {

constexpr const wchar_t* kP2p = L"p2p.dll";

template <class Function>
Function* FindP2p(Napi::Env env, const char* name) {
  return Environment::Of(env).Find<Function>(env, kP2p, name);
}

// A block that p2p.dll allocated: PeerFreeData takes it back once, on the thread of the call that brought it.
template <class Content>
class PeerData {
 public:
  explicit PeerData(sdk::PeerFreeData* free) : free_(free) {}
  ~PeerData() {
    if (content_ != nullptr) free_(content_);
  }
  PeerData(const PeerData&) = delete;
  PeerData& operator=(const PeerData&) = delete;

  Content** out() { return &content_; }
  Content* get() const { return content_; }

 private:
  sdk::PeerFreeData* const free_;
  // Null before the call, as PeerCreatePeerName demands.
  Content* content_ = nullptr;
};

// `call` is HRESULT(PWSTR*): its one result is a text in a block.
template <class Call>
Outcome TextFrom(sdk::PeerFreeData* free, const Call& call) {
  PeerData<wchar_t> block(free);
  const HRESULT result = call(block.out());
  if (IsFailure(result)) return Outcome::Failure(result);
  if (block.get() == nullptr) return Outcome::Failure(E_UNEXPECTED);
  return Outcome::Value([text = std::wstring(block.get())](Napi::Env env) { return FromWide(env, text); });
}

// The same as a promise.
template <class Call>
Napi::Value StartText(Napi::Env env, const char* operation, Call call) {
  auto* const free = FindP2p<sdk::PeerFreeData>(env, "PeerFreeData");
  return Environment::Of(env).Start(env, operation, [free, call = std::move(call)] { return TextFrom(free, call); });
}

// The same at once, on JavaScript's thread: for what makes a text of others and waits for nothing.
template <class Call>
Napi::Value TextNow(Napi::Env env, const char* operation, const Call& call) {
  const Outcome outcome = TextFrom(FindP2p<sdk::PeerFreeData>(env, "PeerFreeData"), call);
  if (IsFailure(outcome.result)) throw WindowsError(env, operation, outcome.result);
  return outcome.to_js(env);
}

// Copies one item of an enumeration out of its block.
using CopyItem = Outcome::ToJs (*)(const void* item);

// HPEERENUM.
class Enumeration final : public Handle {
 public:
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f01};
  static constexpr const char* kName = "enumeration";

  Enumeration(sdk::HPEERENUM value, CopyItem copy, sdk::PeerEndEnumeration* end)
      : value_(value), copy_(copy), end_(end) {}
  ~Enumeration() override { End(); }

  sdk::HPEERENUM value() const { return value_; }
  CopyItem copy() const { return copy_; }
  HRESULT End() {
    const sdk::HPEERENUM value = std::exchange(value_, nullptr);
    return value == nullptr ? S_OK : end_(value);
  }

 private:
  sdk::HPEERENUM value_;
  const CopyItem copy_;
  sdk::PeerEndEnumeration* const end_;
};

// `call` is HRESULT(HPEERENUM*): it begins an enumeration of items that `copy` understands.
template <class Call>
Napi::Value StartEnumeration(Napi::Env env, const char* operation, CopyItem copy, Call call) {
  auto* const end = FindP2p<sdk::PeerEndEnumeration>(env, "PeerEndEnumeration");
  return Environment::Of(env).Start(env, operation, [=, call = std::move(call)] {
    sdk::HPEERENUM value = nullptr;
    const HRESULT result = call(&value);
    if (IsFailure(result)) return Outcome::Failure(result);
    auto enumeration = std::make_shared<Enumeration>(value, copy, end);
    return Outcome::Value([enumeration](Napi::Env js) { return ToJs(js, enumeration); });
  });
}

void ExportEnumerationCalls(Napi::Env env, Napi::Object exports);

}  // namespace winpeer

#endif  // WINPEER_CALLS_P2P_H_

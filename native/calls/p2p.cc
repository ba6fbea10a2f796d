#include "p2p.h"

#include <vector>

namespace winpeer {

namespace {

// PeerGetItemCount(enumeration): Promise<number>
Napi::Value PeerGetItemCount(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerGetItemCount>(env, "PeerGetItemCount");
  const auto enumeration = HandleOf<Enumeration>(info[0], "PeerGetItemCount");
  return Environment::Of(env).Start(env, "PeerGetItemCount", enumeration->strand(), [=] {
    ULONG count = 0;
    const HRESULT result = call(enumeration->value(), &count);
    if (IsFailure(result)) return Outcome::Failure(result);
    return Outcome::Value([count](Napi::Env js) { return Napi::Number::New(js, count); });
  });
}

// PeerGetNextItem(enumeration, wanted: number): Promise<Item[]>; fewer than wanted are the last.
Napi::Value PeerGetNextItem(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerGetNextItem>(env, "PeerGetNextItem");
  auto* const free = FindP2p<sdk::PeerFreeData>(env, "PeerFreeData");
  const auto enumeration = HandleOf<Enumeration>(info[0], "PeerGetNextItem");
  const uint32_t wanted = ToUint32(info[1], "wanted");
  return Environment::Of(env).Start(env, "PeerGetNextItem", enumeration->strand(), [=] {
    PeerData<PVOID> items(free);
    ULONG count = wanted;
    const HRESULT result = call(enumeration->value(), &count, items.out());
    if (IsFailure(result)) return Outcome::Failure(result);
    std::vector<Outcome::ToJs> copies;
    for (ULONG i = 0; items.get() != nullptr && i < count; i++) copies.push_back(enumeration->copy()(items.get()[i]));
    return Outcome::Value([copies = std::move(copies)](Napi::Env js) {
      const auto array = Napi::Array::New(js, copies.size());
      for (uint32_t i = 0; i < copies.size(); i++) array.Set(i, copies[i](js));
      return array;
    });
  });
}

// PeerEndEnumeration(enumeration): Promise<void>
Napi::Value PeerEndEnumeration(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto enumeration = TakeHandle<Enumeration>(info[0], "PeerEndEnumeration");
  return Environment::Of(env).Start(env, "PeerEndEnumeration", enumeration->strand(),
                                    [=] { return Outcome::Plain(enumeration->End()); });
}

}  // namespace

void ExportEnumerationCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"PeerGetItemCount", PeerGetItemCount},
               {"PeerGetNextItem", PeerGetNextItem},
               {"PeerEndEnumeration", PeerEndEnumeration}});
}

}  // namespace winpeer

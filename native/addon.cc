// The module's entry. All state is in the Environment object, one an environment.
#include <napi.h>

#include <string>

#include "calls/crypt-key.h"
#include "calls/identity.h"
#include "calls/lookup.h"
#include "calls/p2p.h"
#include "calls/peer-dist.h"
#include "calls/pnrp.h"
#include "calls/winsock.h"
#include "runtime/arguments.h"
#include "runtime/environment.h"

#define WINPEER_TEXT(number) #number
#define WINPEER_NUMBER(macro) WINPEER_TEXT(macro)

namespace winpeer {

namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#elif defined(_MSC_VER)
constexpr const char* kCompiler = "MSVC " WINPEER_NUMBER(_MSC_FULL_VER);
#else
constexpr const char* kCompiler = "GCC " __VERSION__;
#endif

// probe(dllName: string, exportNames: string[]): { loaded: boolean, missing: string[], error?: number }
Napi::Value Probe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[1].IsArray()) throw InvalidArgument(env, "exportNames", "an array");
  const SystemDll& dll = Environment::Of(env).Dll(ToWide(info[0], "dllName"));
  const auto names = info[1].As<Napi::Array>();
  const auto missing = Napi::Array::New(env);
  for (uint32_t i = 0; i < names.Length(); i++) {
    const Napi::String name = names.Get(i).ToString();
    if (dll.find(name.Utf8Value()) == nullptr) missing.Set(missing.Length(), name);
  }
  auto result = Napi::Object::New(env);
  result.Set("loaded", dll.loaded());
  result.Set("missing", missing);
  if (!dll.loaded()) result.Set("error", static_cast<uint32_t>(dll.error()));
  return result;
}

// abandon(call: Promise<unknown>, reason: unknown): boolean; see PendingCalls::Abandon.
Napi::Value Abandon(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), Environment::Of(info.Env()).calls().Abandon(info[0], info[1]));
}

// hold(alive: boolean): void; see PendingCalls::Hold.
Napi::Value Hold(const Napi::CallbackInfo& info) {
  if (!info[0].IsBoolean()) throw InvalidArgument(info.Env(), "alive", "a boolean");
  Environment::Of(info.Env()).calls().Hold(info.Env(), info[0].As<Napi::Boolean>());
  return info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment(env));
  exports.Set("compiler", kCompiler);
  ExportCalls(env, exports, {{"probe", Probe}, {"abandon", Abandon}, {"hold", Hold}});
  ExportEnumerationCalls(env, exports);
  ExportIdentityCalls(env, exports);
  ExportCryptKeyCalls(env, exports);
  ExportPnrpCalls(env, exports);
  ExportWinsockCalls(env, exports);
  ExportLookupCalls(env, exports);
  ExportDistributionCalls(env, exports);
  ExportDistributionServerCalls(env, exports);
  ExportDistributionClientCalls(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(winpeer, Init)

}  // namespace winpeer

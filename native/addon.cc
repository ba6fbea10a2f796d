// The module's entry. All state is in the Addon object, one an environment, so that worker threads are independent.
#include <napi.h>

#include <map>
#include <string>

#include "runtime/system-dll.h"

#define WINPEER_TEXT(number) #number
#define WINPEER_NUMBER(macro) WINPEER_TEXT(macro)

namespace winpeer {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#elif defined(_MSC_VER)
constexpr const char* kCompiler = "MSVC " WINPEER_NUMBER(_MSC_FULL_VER);
#else
constexpr const char* kCompiler = "GCC " __VERSION__;
#endif

class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports) {
    DefineAddon(exports, {
                             InstanceValue("compiler", Napi::String::New(env, kCompiler), napi_enumerable),
                             InstanceMethod("probe", &Addon::Probe, napi_enumerable),
                         });
  }

 private:
  // probe(dllName: string, exportNames: string[]): { loaded: boolean, missing: string[], error?: number }
  Napi::Value Probe(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsString() || !info[1].IsArray()) {
      throw Napi::TypeError::New(env, "probe takes the name of a DLL and an array of names of exports");
    }
    const SystemDll& dll = Dll(info[0].As<Napi::String>().Utf16Value());
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

  // Once loaded, kept: what these DLLs start inside the process does not bear being unloaded and loaded again.
  const SystemDll& Dll(const std::u16string& name) {
    const std::wstring key(name.begin(), name.end());
    if (const auto known = dlls_.find(key); known != dlls_.end() && !known->second.loaded()) dlls_.erase(known);
    return dlls_.try_emplace(key, key).first->second;
  }

  std::map<std::wstring, SystemDll> dlls_;
};

NODE_API_NAMED_ADDON(winpeer, Addon)

}  // namespace winpeer

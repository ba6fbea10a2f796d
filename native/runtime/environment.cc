#include "environment.h"

#include "windows-error.h"

namespace winpeer {

namespace {

// Node.js unloads the addons of a worker that ends, and a thread of the pool may still be inside a call.
void StayLoaded() {
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&StayLoaded), &self);
}

}  // namespace

Environment::Environment(Napi::Env env) : calls_(env, pool_) {
  StayLoaded();
  // Hooks run in reverse order: this one before that of the threadsafe function, which was made earlier.
  env.AddCleanupHook(
      [](Environment* self) {
        self->calls_.Close();
        self->pool_->Close();
      },
      this);
}

const SystemDll& Environment::Dll(const std::wstring& name) {
  if (const auto known = dlls_.find(name); known != dlls_.end() && !known->second.loaded()) dlls_.erase(known);
  return dlls_.try_emplace(name, name).first->second;
}

FARPROC Environment::FindExport(Napi::Env env, const wchar_t* dll, const char* name) {
  const SystemDll& library = Dll(dll);
  const FARPROC found = library.find(name);
  if (found != nullptr) return found;
  throw WindowsError(env, name, HRESULT_FROM_WIN32(library.loaded() ? ERROR_PROC_NOT_FOUND : library.error()));
}

}  // namespace winpeer

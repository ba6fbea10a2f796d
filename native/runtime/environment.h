#ifndef WINPEER_RUNTIME_ENVIRONMENT_H_
#define WINPEER_RUNTIME_ENVIRONMENT_H_

#include <napi.h>

#include <map>
#include <memory>
#include <string>

#include "call-pool.h"
#include "event-thread.h"
#include "pending-calls.h"
#include "system-dll.h"

namespace winpeer {

// All state of the addon, one of it an environment, so that worker threads are independent.
class Environment {
 public:
  explicit Environment(Napi::Env env);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  // A DLL of the system. One that was missing is looked for again: a Windows feature may have been installed meanwhile.
  const SystemDll& Dll(const std::wstring& name);

  // An exported function; throws an error with the code of GetProcAddress, or of LoadLibraryEx, where there is none.
  template <class Function>
  Function* Find(Napi::Env env, const wchar_t* dll, const char* name) {
    return reinterpret_cast<Function*>(FindExport(env, dll, name));
  }

  // A call on a handle, after those that were started on it before; see PendingCalls.
  Napi::Value Start(Napi::Env env, const char* operation, const std::shared_ptr<Strand>& strand,
                    PendingCalls::Work work) {
    return calls_.Start(env, operation, strand, std::move(work));
  }
  // A call of its own, in no order with others.
  Napi::Value Start(Napi::Env env, const char* operation, PendingCalls::Work work) {
    return Start(env, operation, std::make_shared<Strand>(), std::move(work));
  }

  PendingCalls& calls() { return calls_; }
  const std::shared_ptr<CallPool>& pool() const { return pool_; }
  const std::shared_ptr<EventThread>& events() const { return events_; }

 private:
  FARPROC FindExport(Napi::Env env, const wchar_t* dll, const char* name);

  std::map<std::wstring, SystemDll> dlls_;
  std::shared_ptr<CallPool> pool_ = std::make_shared<CallPool>();
  std::shared_ptr<EventThread> events_ = std::make_shared<EventThread>();
  PendingCalls calls_;
};

}  // namespace winpeer

#endif  // WINPEER_RUNTIME_ENVIRONMENT_H_

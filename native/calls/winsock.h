#ifndef WINPEER_CALLS_WINSOCK_H_
#define WINPEER_CALLS_WINSOCK_H_

#include <napi.h>

#include <utility>

#include "../runtime/environment.h"
#include "../runtime/handle.h"
#include "../runtime/windows-error.h"
#include "../sdk/winsock-pnrp.h"

namespace winpeer {

// A function of ws2_32.dll, of the type that winsock2.h gives it.
#define WINPEER_WINSOCK(env, name) Environment::Of(env).Find<decltype(::name)>(env, L"ws2_32.dll", #name)

// What a function of Winsock has just failed with on this thread: WSAGetLastError is the thread's GetLastError.
inline HRESULT LastSocketError() {
  const auto error = static_cast<HRESULT>(GetLastError());
  return IsFailure(error) ? error : E_FAIL;
}

// One WSAStartup, which one WSACleanup answers. What a process registered ends with its last.
class Winsock final : public Handle {
 public:
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f20};
  static constexpr const char* kName = "winsock";

  explicit Winsock(decltype(::WSACleanup)* cleanup) : cleanup_(cleanup) {}
  ~Winsock() override { Cleanup(); }

  int Cleanup() {
    auto* const cleanup = std::exchange(cleanup_, nullptr);
    return cleanup == nullptr ? 0 : cleanup();
  }

 private:
  decltype(::WSACleanup)* cleanup_;
};

// The name spaces of Winsock, as far as PNRP needs them; its lookups are in lookup.h.
void ExportWinsockCalls(Napi::Env env, Napi::Object exports);

}  // namespace winpeer

#endif  // WINPEER_CALLS_WINSOCK_H_

#include "winsock.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "../marshal/query-set.h"
#include "../runtime/arguments.h"

namespace winpeer {

namespace {

// WSAStartup(): Promise<Winsock>, of version 2.2.
Napi::Value Startup(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const startup = WINPEER_WINSOCK(env, WSAStartup);
  auto* const cleanup = WINPEER_WINSOCK(env, WSACleanup);
  return Environment::Of(env).Start(env, "WSAStartup", [=] {
    WSADATA data{};
    // The one that returns its code: without it there is no last error.
    const int error = startup(MAKEWORD(2, 2), &data);
    if (error != 0) return Outcome::Failure(IsFailure(error) ? error : E_FAIL);
    auto winsock = std::make_shared<Winsock>(cleanup);
    return Outcome::Value([winsock](Napi::Env js) { return ToJs(js, winsock); });
  });
}

// WSACleanup(winsock): Promise<void>
Napi::Value Cleanup(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto winsock = TakeHandle<Winsock>(info[0], "WSACleanup");
  return Environment::Of(env).Start(env, "WSACleanup", winsock->strand(), [=] {
    return winsock->Cleanup() == 0 ? Outcome::Nothing() : Outcome::Failure(LastSocketError());
  });
}

// WSASetServiceW(winsock, querySet: QuerySet, operation: number, flags: number): Promise<void>
Napi::Value SetService(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const set_service = WINPEER_WINSOCK(env, WSASetServiceW);
  const auto winsock = HandleOf<Winsock>(info[0], "WSASetServiceW");
  const auto set = std::make_shared<QuerySet>(info[1]);
  const auto operation = static_cast<WSAESETSERVICEOP>(ToUint32(info[2], "operation"));
  const DWORD flags = ToUint32(info[3], "flags");
  return Environment::Of(env).Start(env, "WSASetServiceW", [=, held = winsock] {
    return set_service(set->get(), operation, flags) == 0 ? Outcome::Nothing() : Outcome::Failure(LastSocketError());
  });
}

// WSAEnumNameSpaceProvidersW(winsock): Promise<{ nameSpace: number, active: boolean }[]>
Napi::Value EnumNameSpaceProviders(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const enumerate = WINPEER_WINSOCK(env, WSAEnumNameSpaceProvidersW);
  const auto winsock = HandleOf<Winsock>(info[0], "WSAEnumNameSpaceProvidersW");
  return Environment::Of(env).Start(env, "WSAEnumNameSpaceProvidersW", [enumerate, held = winsock] {
    std::vector<WSANAMESPACE_INFOW> providers;
    DWORD size = 0;
    int count = enumerate(&size, nullptr);
    // Others may come while it is asked how many there are.
    while (count == SOCKET_ERROR && GetLastError() == WSAEFAULT && size > providers.size() * sizeof providers[0]) {
      providers.resize(size / sizeof providers[0] + 1);
      size = static_cast<DWORD>(providers.size() * sizeof providers[0]);
      count = enumerate(&size, providers.data());
    }
    if (count == SOCKET_ERROR) return Outcome::Failure(LastSocketError());
    providers.resize(count);
    return Outcome::Value([providers](Napi::Env js) {
      const auto array = Napi::Array::New(js, providers.size());
      for (uint32_t i = 0; i < providers.size(); i++) {
        auto provider = Napi::Object::New(js);
        provider.Set("nameSpace", static_cast<uint32_t>(providers[i].dwNameSpace));
        provider.Set("active", providers[i].fActive != FALSE);
        array.Set(i, provider);
      }
      return array;
    });
  });
}

}  // namespace

void ExportWinsockCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"WSAStartup", Startup},
               {"WSACleanup", Cleanup},
               {"WSASetServiceW", SetService},
               {"WSAEnumNameSpaceProvidersW", EnumNameSpaceProviders}});
}

}  // namespace winpeer

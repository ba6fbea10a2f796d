// Peer distribution: its instance, and what status it has. What publishes and what reads is in files of their own.
#include "peer-dist.h"

namespace winpeer {

namespace {

using StatusListener = std::shared_ptr<PendingCalls::Listener>;

// { status: number, minVersion: number, maxVersion: number }
Outcome CopyStatus(const sdk::PEERDIST_STATUS_INFO& it) {
  return Outcome::Value([it](Napi::Env env) {
    auto info = Napi::Object::New(env);
    info.Set("status", static_cast<uint32_t>(it.status));
    info.Set("minVersion", static_cast<uint32_t>(it.dwMinVer));
    info.Set("maxVersion", static_cast<uint32_t>(it.dwMaxVer));
    return info;
  });
}

Outcome CopyStatus(sdk::PEERDIST_STATUS it) {
  return Outcome::Value([it](Napi::Env env) { return Napi::Number::New(env, static_cast<uint32_t>(it)); });
}

// overlapped(): Overlapped
Napi::Value NewOverlapped(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const get_result = WINPEER_PEER_DIST(env, PeerDistGetOverlappedResult);
  return ToJs(env, std::make_shared<Overlapped>(Environment::Of(env).events(), get_result));
}

// PeerDistStartup(version: number): Promise<{ instance: Instance, supportedVersion: number }>
Napi::Value PeerDistStartup(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistStartup);
  auto* const shutdown = WINPEER_PEER_DIST(env, PeerDistShutdown);
  const uint32_t version = ToUint32(info[0], "version");
  return Environment::Of(env).Start(env, "PeerDistStartup", [=] {
    sdk::PEERDIST_INSTANCE_HANDLE value = nullptr;
    DWORD supported = 0;
    const DWORD code = call(version, &value, &supported);
    if (code != ERROR_SUCCESS) return OutcomeOf(code);
    auto instance = std::make_shared<Instance>(value, shutdown);
    return Outcome::Value([instance, supported](Napi::Env js) {
      auto started = Napi::Object::New(js);
      started.Set("instance", ToJs(js, instance));
      started.Set("supportedVersion", static_cast<uint32_t>(supported));
      return started;
    });
  });
}

// PeerDistShutdown(instance): Promise<void>
Napi::Value PeerDistShutdown(const Napi::CallbackInfo& info) {
  return StartClosing(info.Env(), "PeerDistShutdown", TakeHandle<Instance>(info[0], "PeerDistShutdown"));
}

// PeerDistGetStatus(instance): Promise<number>
Napi::Value PeerDistGetStatus(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistGetStatus);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistGetStatus");
  return Environment::Of(env).Start(env, "PeerDistGetStatus", instance->strand(), [=] {
    sdk::PEERDIST_STATUS status{};
    const DWORD code = instance->With([&](sdk::PEERDIST_INSTANCE_HANDLE it) { return call(it, &status); });
    return code == ERROR_SUCCESS ? CopyStatus(status) : OutcomeOf(code);
  });
}

// PeerDistGetStatusEx(instance): Promise<StatusInfo>
Napi::Value PeerDistGetStatusEx(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistGetStatusEx);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistGetStatusEx");
  return Environment::Of(env).Start(env, "PeerDistGetStatusEx", instance->strand(), [=] {
    sdk::PEERDIST_STATUS_INFO status{sizeof status, {}, 0, 0};
    const DWORD code = instance->With([&](sdk::PEERDIST_INSTANCE_HANDLE it) { return call(it, &status); });
    return code == ERROR_SUCCESS ? CopyStatus(status) : OutcomeOf(code);
  });
}

// Resolves when the registration is in force; the listener hears once, of the change or of why there was none.
template <class Call, class Status>
Napi::Value StartRegistration(const Napi::CallbackInfo& info, const char* operation, Call* call,
                              const Status& initial) {
  const Napi::Env env = info.Env();
  const auto instance = HandleOf<Instance>(info[0], operation);
  const auto overlapped = ClaimOverlapped(info[1], instance->strand(), operation);
  if (!info[2].IsFunction()) throw InvalidArgument(env, "listener", "a function");
  const auto listener = Environment::Of(env).calls().Listen(operation, info[2].As<Napi::Function>());
  return Environment::Of(env).Start(env, operation, instance->strand(), [=] {
    const auto status = std::make_shared<Status>(initial);
    const DWORD code = overlapped->Start(
        0,
        [&](OVERLAPPED* it) {
          return instance->With(
              [&](sdk::PEERDIST_INSTANCE_HANDLE value) { return call(value, nullptr, 0, it, status.get()); });
        },
        [listener, status](const Overlapped::End& end) {
          listener->Tell(end.code == ERROR_SUCCESS ? CopyStatus(*status) : OutcomeOf(end.code));
        });
    return OutcomeOf(code == ERROR_IO_PENDING ? ERROR_SUCCESS : code);
  });
}

// PeerDistRegisterForStatusChangeNotification(instance, overlapped,
// listener: (error: WindowsError | null, status: number) => void): Promise<void>
Napi::Value PeerDistRegisterForStatusChangeNotification(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistRegisterForStatusChangeNotification);
  return StartRegistration(info, "PeerDistRegisterForStatusChangeNotification", call, sdk::PEERDIST_STATUS{});
}

// PeerDistRegisterForStatusChangeNotificationEx(instance, overlapped,
// listener: (error: WindowsError | null, status: StatusInfo) => void): Promise<void>
Napi::Value PeerDistRegisterForStatusChangeNotificationEx(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistRegisterForStatusChangeNotificationEx);
  return StartRegistration(info, "PeerDistRegisterForStatusChangeNotificationEx", call,
                           sdk::PEERDIST_STATUS_INFO{sizeof(sdk::PEERDIST_STATUS_INFO), {}, 0, 0});
}

// PeerDistUnregisterForStatusChangeNotification(instance): Promise<void>
Napi::Value PeerDistUnregisterForStatusChangeNotification(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistUnregisterForStatusChangeNotification);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistUnregisterForStatusChangeNotification");
  return Environment::Of(env).Start(env, "PeerDistUnregisterForStatusChangeNotification", instance->strand(),
                                    [=] { return OutcomeOf(instance->With(call)); });
}

}  // namespace

std::shared_ptr<Overlapped> ClaimOverlapped(const Napi::Value& value, const std::shared_ptr<Strand>& strand,
                                            const char* operation) {
  auto overlapped = HandleOf<Overlapped>(value, operation);
  if (!overlapped->Claim(strand)) throw InvalidArgument(value.Env(), Overlapped::kName, "one that no call has had");
  return overlapped;
}

void ExportDistributionCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"overlapped", NewOverlapped},
               {"PeerDistStartup", PeerDistStartup},
               {"PeerDistShutdown", PeerDistShutdown},
               {"PeerDistGetStatus", PeerDistGetStatus},
               {"PeerDistGetStatusEx", PeerDistGetStatusEx},
               {"PeerDistRegisterForStatusChangeNotification", PeerDistRegisterForStatusChangeNotification},
               {"PeerDistRegisterForStatusChangeNotificationEx", PeerDistRegisterForStatusChangeNotificationEx},
               {"PeerDistUnregisterForStatusChangeNotification", PeerDistUnregisterForStatusChangeNotification}});
}

}  // namespace winpeer

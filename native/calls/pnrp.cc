// PNRP.
#include "pnrp.h"

#include "../marshal/pnrp-info.h"
#include "resolution.h"

namespace winpeer {

namespace {

// A PeerPnrpStartup, which Windows counts: PeerPnrpShutdown answers it once, after all that was opened under it.
class Session final : public Handle {
 public:
  static constexpr napi_type_tag kTag = {0x7d20c1b48fe34a96, 0xb3a5e6079c1d482f};
  static constexpr const char* kName = "session";

  explicit Session(sdk::PeerPnrpShutdown* shutdown) : shutdown_(shutdown) {}
  ~Session() override { End(); }

  HRESULT End() {
    auto* const shutdown = std::exchange(shutdown_, nullptr);
    return shutdown == nullptr ? S_OK : shutdown();
  }

 private:
  sdk::PeerPnrpShutdown* shutdown_;
};

// HREGISTRATION.
class Registration final : public Handle {
 public:
  static constexpr napi_type_tag kTag = {0x1e94b7d05ca34f12, 0xa8c3d96f20e7514b};
  static constexpr const char* kName = "registration";

  Registration(sdk::HREGISTRATION value, sdk::PeerPnrpUnregister* unregister, std::shared_ptr<Session> session)
      : value_(value), unregister_(unregister), session_(std::move(session)) {}
  ~Registration() override { End(); }

  sdk::HREGISTRATION value() const { return value_; }
  HRESULT End() {
    const sdk::HREGISTRATION value = std::exchange(value_, nullptr);
    return value == nullptr ? S_OK : unregister_(value);
  }

 private:
  sdk::HREGISTRATION value_;
  sdk::PeerPnrpUnregister* const unregister_;
  const std::shared_ptr<Session> session_;
};

// PeerNameToPeerHostName(peerName: string): string
Napi::Value PeerNameToPeerHostName(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerNameToPeerHostName>(info.Env(), "PeerNameToPeerHostName");
  const auto name = ToWide(info[0], "peerName");
  return TextNow(info.Env(), "PeerNameToPeerHostName", [&](PWSTR* host_name) { return call(name.c_str(), host_name); });
}

// PeerHostNameToPeerName(hostName: string): string
Napi::Value PeerHostNameToPeerName(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerHostNameToPeerName>(info.Env(), "PeerHostNameToPeerName");
  const auto name = ToWide(info[0], "hostName");
  return TextNow(info.Env(), "PeerHostNameToPeerName", [&](PWSTR* peer_name) { return call(name.c_str(), peer_name); });
}

// PeerPnrpStartup(version: number): Promise<Session>
Napi::Value PeerPnrpStartup(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerPnrpStartup>(env, "PeerPnrpStartup");
  auto* const shutdown = FindP2p<sdk::PeerPnrpShutdown>(env, "PeerPnrpShutdown");
  const uint32_t version = ToUint32(info[0], "version");
  return Environment::Of(env).Start(env, "PeerPnrpStartup", [=] {
    const HRESULT result = call(static_cast<WORD>(version));
    if (IsFailure(result)) return Outcome::Failure(result);
    auto session = std::make_shared<Session>(shutdown);
    return Outcome::Value([session](Napi::Env js) { return ToJs(js, session); });
  });
}

// PeerPnrpShutdown(session): Promise<void>
Napi::Value PeerPnrpShutdown(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto session = TakeHandle<Session>(info[0], "PeerPnrpShutdown");
  return Environment::Of(env).Start(env, "PeerPnrpShutdown", session->strand(),
                                    [=] { return Outcome::Plain(session->End()); });
}

// PeerPnrpGetCloudInfo(): Promise<CloudInfo[]>
Napi::Value PeerPnrpGetCloudInfo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerPnrpGetCloudInfo>(env, "PeerPnrpGetCloudInfo");
  auto* const free = FindP2p<sdk::PeerFreeData>(env, "PeerFreeData");
  return Environment::Of(env).Start(env, "PeerPnrpGetCloudInfo", [=] {
    PeerData<sdk::PEER_PNRP_CLOUD_INFO> clouds(free);
    ULONG count = 0;
    const HRESULT result = call(&count, clouds.out());
    if (IsFailure(result)) return Outcome::Failure(result);
    return Outcome::Value(CopyClouds(clouds.get(), count));
  });
}

// PeerPnrpRegister(session, peerName: string, info: RegistrationInfo | null): Promise<Registration>
Napi::Value PeerPnrpRegister(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerPnrpRegister>(env, "PeerPnrpRegister");
  auto* const unregister = FindP2p<sdk::PeerPnrpUnregister>(env, "PeerPnrpUnregister");
  const auto session = HandleOf<Session>(info[0], "PeerPnrpRegister");
  const auto peer_name = ToWide(info[1], "peerName");
  const auto what = info[2].IsNull() ? std::nullopt : std::optional<RegistrationInfo>(info[2]);
  return Environment::Of(env).Start(env, "PeerPnrpRegister", [=] {
    sdk::HREGISTRATION value = nullptr;
    const auto begin = [&](sdk::PEER_PNRP_REGISTRATION_INFO* it) { return call(peer_name.c_str(), it, &value); };
    const HRESULT result = what.has_value() ? what->With(begin) : begin(nullptr);
    if (IsFailure(result)) return Outcome::Failure(result);
    auto registration = std::make_shared<Registration>(value, unregister, session);
    return Outcome::Value([registration](Napi::Env js) { return ToJs(js, registration); });
  });
}

// PeerPnrpUpdateRegistration(registration, info: RegistrationInfo): Promise<void>
Napi::Value PeerPnrpUpdateRegistration(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerPnrpUpdateRegistration>(env, "PeerPnrpUpdateRegistration");
  const auto registration = HandleOf<Registration>(info[0], "PeerPnrpUpdateRegistration");
  const RegistrationInfo what(info[1]);
  return Environment::Of(env).Start(env, "PeerPnrpUpdateRegistration", registration->strand(), [=] {
    return Outcome::Plain(
        what.With([&](sdk::PEER_PNRP_REGISTRATION_INFO* it) { return call(registration->value(), it); }));
  });
}

// PeerPnrpUnregister(registration): Promise<void>
Napi::Value PeerPnrpUnregister(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto registration = TakeHandle<Registration>(info[0], "PeerPnrpUnregister");
  return Environment::Of(env).Start(env, "PeerPnrpUnregister", registration->strand(),
                                    [=] { return Outcome::Plain(registration->End()); });
}

// PeerPnrpStartResolve(session, peerName: string, cloudName: string | null, maximum: number,
// listener: (error: WindowsError | null, endpoint: EndpointInfo) => void): Promise<Resolution>
//
// The listener gets what PeerPnrpGetEndpoint brings, which the event thread calls; its error is the last that comes.
Napi::Value PeerPnrpStartResolve(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Resolution::Functions functions{
      FindP2p<sdk::PeerPnrpStartResolve>(env, "PeerPnrpStartResolve"),
      FindP2p<sdk::PeerPnrpGetEndpoint>(env, "PeerPnrpGetEndpoint"),
      FindP2p<sdk::PeerPnrpEndResolve>(env, "PeerPnrpEndResolve"),
      FindP2p<sdk::PeerFreeData>(env, "PeerFreeData"),
  };
  const auto session = HandleOf<Session>(info[0], "PeerPnrpStartResolve");
  const auto peer_name = ToWide(info[1], "peerName");
  const auto cloud_name = ToOptionalWide(info[2], "cloudName");
  const uint32_t maximum = ToUint32(info[3], "maximum");
  if (!info[4].IsFunction()) throw InvalidArgument(env, "listener", "a function");
  Environment& environment = Environment::Of(env);
  auto resolution =
      std::make_shared<Resolution>(functions, session, environment.events(),
                                   environment.calls().Listen("PeerPnrpGetEndpoint", info[4].As<Napi::Function>()));
  return environment.Start(env, "PeerPnrpStartResolve", [=] {
    const HRESULT result = resolution->Start(peer_name.c_str(), PointerOrNull(cloud_name), maximum);
    if (IsFailure(result)) return Outcome::Failure(result);
    return Outcome::Value([resolution](Napi::Env js) { return ToJs(js, resolution); });
  });
}

// PeerPnrpEndResolve(resolution): Promise<void>
Napi::Value PeerPnrpEndResolve(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto resolution = TakeHandle<Resolution>(info[0], "PeerPnrpEndResolve");
  return Environment::Of(env).Start(env, "PeerPnrpEndResolve", resolution->strand(),
                                    [=] { return Outcome::Plain(resolution->End()); });
}

}  // namespace

void ExportPnrpCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"PeerNameToPeerHostName", PeerNameToPeerHostName},
               {"PeerHostNameToPeerName", PeerHostNameToPeerName},
               {"PeerPnrpStartup", PeerPnrpStartup},
               {"PeerPnrpShutdown", PeerPnrpShutdown},
               {"PeerPnrpGetCloudInfo", PeerPnrpGetCloudInfo},
               {"PeerPnrpRegister", PeerPnrpRegister},
               {"PeerPnrpUpdateRegistration", PeerPnrpUpdateRegistration},
               {"PeerPnrpUnregister", PeerPnrpUnregister},
               {"PeerPnrpStartResolve", PeerPnrpStartResolve},
               {"PeerPnrpEndResolve", PeerPnrpEndResolve}});
}

}  // namespace winpeer

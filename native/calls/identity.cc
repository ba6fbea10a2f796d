// The Identity Manager. A null identity is the user's default one.
#include "identity.h"

#include "../marshal/name-pair.h"
#include "../runtime/arguments.h"
#include "crypt-key.h"
#include "p2p.h"

namespace winpeer {

namespace {

// PeerIdentityCreate(classifier: string | null, friendlyName: string | null, provider: CryptProvider | null):
// Promise<string>
Napi::Value PeerIdentityCreate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const create = FindP2p<sdk::PeerIdentityCreate>(env, "PeerIdentityCreate");
  auto* const free = FindP2p<sdk::PeerFreeData>(env, "PeerFreeData");
  const auto classifier = ToOptionalWide(info[0], "classifier");
  const auto friendly_name = ToOptionalWide(info[1], "friendlyName");
  const auto provider = info[2].IsNull() ? nullptr : HandleOf<CryptProvider>(info[2], "PeerIdentityCreate");
  const auto strand = provider == nullptr ? std::make_shared<Strand>() : provider->strand();
  return Environment::Of(env).Start(env, "PeerIdentityCreate", strand, [=] {
    return TextFrom(free, [&](PWSTR* identity) {
      return create(PointerOrNull(classifier), PointerOrNull(friendly_name),
                    provider == nullptr ? 0 : provider->value(), identity);
    });
  });
}

// PeerIdentityGetFriendlyName(identity: string | null): Promise<string>
Napi::Value PeerIdentityGetFriendlyName(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerIdentityGetFriendlyName>(info.Env(), "PeerIdentityGetFriendlyName");
  return StartText(info.Env(), "PeerIdentityGetFriendlyName",
                   [call, identity = ToOptionalWide(info[0], "identity")](PWSTR* friendly_name) {
                     return call(PointerOrNull(identity), friendly_name);
                   });
}

// PeerIdentitySetFriendlyName(identity: string | null, friendlyName: string): Promise<void>
Napi::Value PeerIdentitySetFriendlyName(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerIdentitySetFriendlyName>(env, "PeerIdentitySetFriendlyName");
  const auto identity = ToOptionalWide(info[0], "identity");
  const auto friendly_name = ToWide(info[1], "friendlyName");
  return Environment::Of(env).Start(env, "PeerIdentitySetFriendlyName", [=] {
    return Outcome::Plain(call(PointerOrNull(identity), friendly_name.c_str()));
  });
}

// PeerIdentityGetCryptKey(identity: string | null): Promise<CryptProvider>
Napi::Value PeerIdentityGetCryptKey(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerIdentityGetCryptKey>(env, "PeerIdentityGetCryptKey");
  auto* const release = FindReleaseContext(env);
  const auto identity = ToOptionalWide(info[0], "identity");
  return Environment::Of(env).Start(env, "PeerIdentityGetCryptKey", [=] {
    HCRYPTPROV value = 0;
    const HRESULT result = call(PointerOrNull(identity), &value);
    if (IsFailure(result)) return Outcome::Failure(result);
    auto provider = std::make_shared<CryptProvider>(value, release);
    return Outcome::Value([provider](Napi::Env js) { return ToJs(js, provider); });
  });
}

// PeerIdentityDelete(identity: string): Promise<void>
Napi::Value PeerIdentityDelete(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = FindP2p<sdk::PeerIdentityDelete>(env, "PeerIdentityDelete");
  return Environment::Of(env).Start(env, "PeerIdentityDelete", [call, identity = ToWide(info[0], "identity")] {
    return Outcome::Plain(call(identity.c_str()));
  });
}

// PeerEnumIdentities(): Promise<Enumeration> of { peerName, friendlyName }
Napi::Value PeerEnumIdentities(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerEnumIdentities>(info.Env(), "PeerEnumIdentities");
  return StartEnumeration(info.Env(), "PeerEnumIdentities", CopyNamePair, call);
}

// PeerEnumGroups(identity: string | null): Promise<Enumeration> of { peerName, friendlyName }
Napi::Value PeerEnumGroups(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerEnumGroups>(info.Env(), "PeerEnumGroups");
  return StartEnumeration(info.Env(), "PeerEnumGroups", CopyNamePair,
                          [call, identity = ToOptionalWide(info[0], "identity")](sdk::HPEERENUM* enumeration) {
                            return call(PointerOrNull(identity), enumeration);
                          });
}

// PeerCreatePeerName(identity: string | null, classifier: string | null): string
Napi::Value PeerCreatePeerName(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerCreatePeerName>(info.Env(), "PeerCreatePeerName");
  const auto identity = ToOptionalWide(info[0], "identity");
  const auto classifier = ToOptionalWide(info[1], "classifier");
  return TextNow(info.Env(), "PeerCreatePeerName",
                 [&](PWSTR* peer_name) { return call(PointerOrNull(identity), PointerOrNull(classifier), peer_name); });
}

// PeerIdentityGetXML(identity: string | null): Promise<string>
Napi::Value PeerIdentityGetXML(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerIdentityGetXML>(info.Env(), "PeerIdentityGetXML");
  return StartText(info.Env(), "PeerIdentityGetXML",
                   [call, identity = ToOptionalWide(info[0], "identity")](PWSTR* xml) {
                     return call(PointerOrNull(identity), xml);
                   });
}

// PeerIdentityExport(identity: string | null, password: string): Promise<string>
Napi::Value PeerIdentityExport(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerIdentityExport>(info.Env(), "PeerIdentityExport");
  return StartText(info.Env(), "PeerIdentityExport",
                   [call, identity = ToOptionalWide(info[0], "identity"), password = ToWide(info[1], "password")](
                       PWSTR* xml) { return call(PointerOrNull(identity), password.c_str(), xml); });
}

// PeerIdentityImport(xml: string, password: string): Promise<string>
Napi::Value PeerIdentityImport(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerIdentityImport>(info.Env(), "PeerIdentityImport");
  return StartText(info.Env(), "PeerIdentityImport",
                   [call, xml = ToWide(info[0], "xml"), password = ToWide(info[1], "password")](PWSTR* identity) {
                     return call(xml.c_str(), password.c_str(), identity);
                   });
}

// PeerIdentityGetDefault(): Promise<string>
Napi::Value PeerIdentityGetDefault(const Napi::CallbackInfo& info) {
  auto* const call = FindP2p<sdk::PeerIdentityGetDefault>(info.Env(), "PeerIdentityGetDefault");
  return StartText(info.Env(), "PeerIdentityGetDefault", call);
}

}  // namespace

void ExportIdentityCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"PeerIdentityCreate", PeerIdentityCreate},
               {"PeerIdentityGetFriendlyName", PeerIdentityGetFriendlyName},
               {"PeerIdentitySetFriendlyName", PeerIdentitySetFriendlyName},
               {"PeerIdentityGetCryptKey", PeerIdentityGetCryptKey},
               {"PeerIdentityDelete", PeerIdentityDelete},
               {"PeerEnumIdentities", PeerEnumIdentities},
               {"PeerEnumGroups", PeerEnumGroups},
               {"PeerCreatePeerName", PeerCreatePeerName},
               {"PeerIdentityGetXML", PeerIdentityGetXML},
               {"PeerIdentityExport", PeerIdentityExport},
               {"PeerIdentityImport", PeerIdentityImport},
               {"PeerIdentityGetDefault", PeerIdentityGetDefault}});
}

}  // namespace winpeer

#include "crypt-key.h"

#include <cstdint>
#include <vector>

#include "../runtime/arguments.h"

namespace winpeer {

namespace {

using Bytes = std::vector<uint8_t>;

template <class Function>
Function* FindAdvapi(Napi::Env env, const char* name) {
  return Environment::Of(env).Find<Function>(env, L"advapi32.dll", name);
}

#define WINPEER_ADVAPI(env, name) FindAdvapi<decltype(::name)>(env, #name)

// Whether an NTE_ code, which is an HRESULT, or a raw Win32 one.
Outcome LastFailure() {
  const DWORD error = GetLastError();
  return Outcome::Failure(error == ERROR_SUCCESS ? E_FAIL : static_cast<HRESULT>(error));
}

Outcome Done(BOOL succeeded) {
  return succeeded ? Outcome::Nothing() : LastFailure();
}

Outcome BytesOutcome(Bytes bytes) {
  return Outcome::Value([bytes = std::move(bytes)](Napi::Env env) { return FromBytes(env, bytes); });
}

// Destroys a key or a hash at the end of its scope, and keeps the code of what failed before.
template <class Object>
class Destroyed {
 public:
  explicit Destroyed(BOOL(WINAPI* destroy)(Object)) : destroy_(destroy) {}
  ~Destroyed() {
    const DWORD error = GetLastError();
    if (object_ != 0) destroy_(object_);
    SetLastError(error);
  }
  Destroyed(const Destroyed&) = delete;
  Destroyed& operator=(const Destroyed&) = delete;
  Object* out() { return &object_; }
  Object get() const { return object_; }

 private:
  BOOL(WINAPI* const destroy_)(Object);
  Object object_ = 0;
};

// CryptAcquireContext(container: string, type: number, flags: number): Promise<CryptProvider | undefined>, the latter
// where the flags delete the container.
Napi::Value AcquireContext(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const acquire = WINPEER_ADVAPI(env, CryptAcquireContextW);
  auto* const release = FindReleaseContext(env);
  const std::wstring container = ToWide(info[0], "container");
  const DWORD type = ToUint32(info[1], "type");
  const DWORD flags = ToUint32(info[2], "flags");
  return Environment::Of(env).Start(env, "CryptAcquireContext", [=] {
    HCRYPTPROV value = 0;
    if (!acquire(&value, container.c_str(), nullptr, type, flags)) return LastFailure();
    if ((flags & CRYPT_DELETEKEYSET) != 0) return Outcome::Nothing();
    auto provider = std::make_shared<CryptProvider>(value, release);
    return Outcome::Value([provider](Napi::Env js) { return ToJs(js, provider); });
  });
}

// CryptReleaseContext(provider): Promise<void>
Napi::Value ReleaseContext(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto provider = TakeHandle<CryptProvider>(info[0], "CryptReleaseContext");
  return Environment::Of(env).Start(env, "CryptReleaseContext", provider->strand(),
                                    [=] { return Done(provider->Release()); });
}

// CryptGenKey(provider, algorithm: number, flags: number): Promise<void>; the key stays in the container.
Napi::Value GenKey(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const generate = WINPEER_ADVAPI(env, CryptGenKey);
  auto* const destroy = WINPEER_ADVAPI(env, CryptDestroyKey);
  const auto provider = HandleOf<CryptProvider>(info[0], "CryptGenKey");
  const ALG_ID algorithm = ToUint32(info[1], "algorithm");
  const DWORD flags = ToUint32(info[2], "flags");
  return Environment::Of(env).Start(env, "CryptGenKey", provider->strand(), [=] {
    Destroyed<HCRYPTKEY> key(destroy);
    return Done(generate(provider->value(), algorithm, flags, key.out()));
  });
}

// CryptImportKey(provider, blob: Uint8Array, flags: number): Promise<void>; the key stays in the container.
Napi::Value ImportKey(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const import = WINPEER_ADVAPI(env, CryptImportKey);
  auto* const destroy = WINPEER_ADVAPI(env, CryptDestroyKey);
  const auto provider = HandleOf<CryptProvider>(info[0], "CryptImportKey");
  const Bytes blob = ToBytes(info[1], "blob");
  const DWORD flags = ToUint32(info[2], "flags");
  return Environment::Of(env).Start(env, "CryptImportKey", provider->strand(), [=] {
    Destroyed<HCRYPTKEY> key(destroy);
    return Done(import(provider->value(), blob.data(), static_cast<DWORD>(blob.size()), 0, flags, key.out()));
  });
}

// CryptExportKey(provider, blobType: number): Promise<Uint8Array>, of the AT_KEYEXCHANGE pair.
Napi::Value ExportKey(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const user_key = WINPEER_ADVAPI(env, CryptGetUserKey);
  auto* const export_key = WINPEER_ADVAPI(env, CryptExportKey);
  auto* const destroy = WINPEER_ADVAPI(env, CryptDestroyKey);
  const auto provider = HandleOf<CryptProvider>(info[0], "CryptExportKey");
  const DWORD type = ToUint32(info[1], "blobType");
  return Environment::Of(env).Start(env, "CryptExportKey", provider->strand(), [=] {
    Destroyed<HCRYPTKEY> key(destroy);
    DWORD size = 0;
    if (!user_key(provider->value(), AT_KEYEXCHANGE, key.out())) return LastFailure();
    if (!export_key(key.get(), 0, type, 0, nullptr, &size)) return LastFailure();
    Bytes blob(size);
    if (!export_key(key.get(), 0, type, 0, blob.data(), &size)) return LastFailure();
    blob.resize(size);
    return BytesOutcome(std::move(blob));
  });
}

// CryptSignHash(provider, algorithm: number, bytes: Uint8Array): Promise<Uint8Array>: hashed and signed with the
// AT_KEYEXCHANGE pair; the signature in CryptoAPI's order, least significant byte first.
Napi::Value SignHash(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const create = WINPEER_ADVAPI(env, CryptCreateHash);
  auto* const add = WINPEER_ADVAPI(env, CryptHashData);
  auto* const sign = WINPEER_ADVAPI(env, CryptSignHashW);
  auto* const destroy = WINPEER_ADVAPI(env, CryptDestroyHash);
  const auto provider = HandleOf<CryptProvider>(info[0], "CryptSignHash");
  const ALG_ID algorithm = ToUint32(info[1], "algorithm");
  const Bytes bytes = ToBytes(info[2], "bytes");
  return Environment::Of(env).Start(env, "CryptSignHash", provider->strand(), [=] {
    Destroyed<HCRYPTHASH> hash(destroy);
    DWORD size = 0;
    if (!create(provider->value(), algorithm, 0, 0, hash.out())) return LastFailure();
    if (!add(hash.get(), bytes.data(), static_cast<DWORD>(bytes.size()), 0)) return LastFailure();
    if (!sign(hash.get(), AT_KEYEXCHANGE, nullptr, 0, nullptr, &size)) return LastFailure();
    Bytes signature(size);
    if (!sign(hash.get(), AT_KEYEXCHANGE, nullptr, 0, signature.data(), &size)) return LastFailure();
    signature.resize(size);
    return BytesOutcome(std::move(signature));
  });
}

// CryptDecrypt(provider, bytes: Uint8Array): Promise<Uint8Array>, with the AT_KEYEXCHANGE pair; `bytes` in CryptoAPI's
// order.
Napi::Value Decrypt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const user_key = WINPEER_ADVAPI(env, CryptGetUserKey);
  auto* const decrypt = WINPEER_ADVAPI(env, CryptDecrypt);
  auto* const destroy = WINPEER_ADVAPI(env, CryptDestroyKey);
  const auto provider = HandleOf<CryptProvider>(info[0], "CryptDecrypt");
  const Bytes encrypted = ToBytes(info[1], "bytes");
  return Environment::Of(env).Start(env, "CryptDecrypt", provider->strand(), [=] {
    Destroyed<HCRYPTKEY> key(destroy);
    Bytes bytes = encrypted;
    auto size = static_cast<DWORD>(bytes.size());
    if (!user_key(provider->value(), AT_KEYEXCHANGE, key.out())) return LastFailure();
    if (!decrypt(key.get(), 0, TRUE, 0, bytes.data(), &size)) return LastFailure();
    bytes.resize(size);
    return BytesOutcome(std::move(bytes));
  });
}

}  // namespace

CryptProvider::ReleaseContext* FindReleaseContext(Napi::Env env) {
  return WINPEER_ADVAPI(env, CryptReleaseContext);
}

void ExportCryptKeyCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"CryptAcquireContext", AcquireContext},
               {"CryptReleaseContext", ReleaseContext},
               {"CryptGenKey", GenKey},
               {"CryptImportKey", ImportKey},
               {"CryptExportKey", ExportKey},
               {"CryptSignHash", SignHash},
               {"CryptDecrypt", Decrypt}});
}

}  // namespace winpeer

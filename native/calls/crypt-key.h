#ifndef WINPEER_CALLS_CRYPT_KEY_H_
#define WINPEER_CALLS_CRYPT_KEY_H_

#include <napi.h>
#include <windows.h>
// After windows.h, which leaves it out with WIN32_LEAN_AND_MEAN.
#include <wincrypt.h>

#include <utility>

#include "../runtime/handle.h"

namespace winpeer {

// HCRYPTPROV: a container with the key pair that PeerIdentityGetCryptKey gives and PeerIdentityCreate takes.
class CryptProvider final : public Handle {
 public:
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f02};
  static constexpr const char* kName = "provider";
  using ReleaseContext = decltype(::CryptReleaseContext);

  CryptProvider(HCRYPTPROV value, ReleaseContext* release) : value_(value), release_(release) {}
  ~CryptProvider() override { Release(); }

  HCRYPTPROV value() const { return value_; }
  BOOL Release() {
    const HCRYPTPROV value = std::exchange(value_, 0);
    return value == 0 ? TRUE : release_(value, 0);
  }

 private:
  HCRYPTPROV value_;
  ReleaseContext* const release_;
};

CryptProvider::ReleaseContext* FindReleaseContext(Napi::Env env);

// The part of CryptoAPI that an identity's key needs.
void ExportCryptKeyCalls(Napi::Env env, Napi::Object exports);

}  // namespace winpeer

#endif  // WINPEER_CALLS_CRYPT_KEY_H_

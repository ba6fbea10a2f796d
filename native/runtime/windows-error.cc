#include "windows-error.h"

#include <cstdint>
#include <cstdio>
#include <string>

namespace winpeer {

Napi::Error WindowsError(Napi::Env env, const char* operation, HRESULT result) {
  const auto number = static_cast<uint32_t>(result);
  char hex[11];
  std::snprintf(hex, sizeof hex, "0x%08x", number);
  Napi::Error error = Napi::Error::New(env, std::string(operation) + " returned " + hex);
  error.Set("hresult", Napi::Number::New(env, number));
  error.Set("operation", Napi::String::New(env, operation));
  return error;
}

Napi::Error InvalidArgument(Napi::Env env, const char* name, const char* expected) {
  Napi::Error error = Napi::TypeError::New(env, std::string(name) + " must be " + expected);
  error.Set("code", Napi::String::New(env, "ERR_INVALID_ARG_TYPE"));
  return error;
}

}  // namespace winpeer

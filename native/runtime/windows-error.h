#ifndef WINPEER_RUNTIME_WINDOWS_ERROR_H_
#define WINPEER_RUNTIME_WINDOWS_ERROR_H_

#include <napi.h>
#include <windows.h>

namespace winpeer {

// Some functions return a raw Win32 code where an HRESULT is documented: a small positive number, which the SUCCEEDED
// macro takes for success. The real success codes have a facility.
constexpr bool IsFailure(HRESULT result) {
  return result < 0 || (result > 0 && result <= 0xffff);
}

// What Windows answered, as an Error with `hresult`, the number as it was returned, and `operation`, the function.
Napi::Error WindowsError(Napi::Env env, const char* operation, HRESULT result);

// A TypeError with `code` ERR_INVALID_ARG_TYPE, as Node.js words it.
Napi::Error InvalidArgument(Napi::Env env, const char* name, const char* expected);

}  // namespace winpeer

#endif  // WINPEER_RUNTIME_WINDOWS_ERROR_H_

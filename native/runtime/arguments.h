#ifndef WINPEER_RUNTIME_ARGUMENTS_H_
#define WINPEER_RUNTIME_ARGUMENTS_H_

#include <napi.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace winpeer {

// How JavaScript's values become Windows', and back. What is of a wrong type is a TypeError.
//
// JavaScript's strings and Windows' are both UTF-16, lone surrogates included; only Windows' end at a NUL.

// A TypeError for what is no string, and for one with a NUL, which Windows would silently cut.
std::wstring ToWide(const Napi::Value& value, const char* name);

// Null and undefined are a null pointer.
std::optional<std::wstring> ToOptionalWide(const Napi::Value& value, const char* name);

inline const wchar_t* PointerOrNull(const std::optional<std::wstring>& text) {
  return text.has_value() ? text->c_str() : nullptr;
}

Napi::String FromWide(Napi::Env env, std::wstring_view text);

// A copy; a null pointer is the empty text.
inline std::wstring CopyText(const wchar_t* text) {
  return text == nullptr ? std::wstring() : std::wstring(text);
}

uint32_t ToUint32(const Napi::Value& value, const char* name);

uint64_t ToUint64(const Napi::Value& value, const char* name);

// A copy, so that a buffer that is detached or written to while the call is under way does no harm.
std::vector<uint8_t> ToBytes(const Napi::Value& value, const char* name);

Napi::Value FromBytes(Napi::Env env, std::span<const uint8_t> bytes);

using FlatCall = Napi::Value (*)(const Napi::CallbackInfo& info);

void ExportCalls(Napi::Env env, Napi::Object exports, std::initializer_list<std::pair<const char*, FlatCall>> calls);

}  // namespace winpeer

#endif  // WINPEER_RUNTIME_ARGUMENTS_H_

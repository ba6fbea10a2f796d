#include "arguments.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "windows-error.h"

namespace winpeer {

static_assert(sizeof(wchar_t) == sizeof(char16_t));

std::wstring ToWide(const Napi::Value& value, const char* name) {
  if (!value.IsString()) throw InvalidArgument(value.Env(), name, "a string");
  const std::u16string text = value.As<Napi::String>().Utf16Value();
  if (text.find(u'\0') != std::u16string::npos) throw InvalidArgument(value.Env(), name, "a string without NUL");
  return {text.begin(), text.end()};
}

std::optional<std::wstring> ToOptionalWide(const Napi::Value& value, const char* name) {
  if (value.IsNull() || value.IsUndefined()) return std::nullopt;
  return ToWide(value, name);
}

Napi::String FromWide(Napi::Env env, std::wstring_view text) {
  return Napi::String::New(env, std::u16string(text.begin(), text.end()));
}

uint32_t ToUint32(const Napi::Value& value, const char* name) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= UINT32_MAX) || std::trunc(number) != number) {
    throw InvalidArgument(value.Env(), name, "an unsigned 32-bit number");
  }
  return static_cast<uint32_t>(number);
}

uint64_t ToUint64(const Napi::Value& value, const char* name) {
  bool lossless = false;
  const uint64_t number = value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&lossless) : 0;
  if (!lossless) throw InvalidArgument(value.Env(), name, "a bigint of 64 bits without sign");
  return number;
}

std::vector<uint8_t> ToBytes(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw InvalidArgument(value.Env(), name, "a Uint8Array");
  }
  const auto array = value.As<Napi::Uint8Array>();
  // Lengths are numbers of 32 bits.
  if (array.ElementLength() > UINT32_MAX) throw InvalidArgument(value.Env(), name, "a Uint8Array of less than 4 GB");
  try {
    return {array.Data(), array.Data() + array.ElementLength()};
  } catch (const std::bad_alloc&) {
    throw WindowsError(value.Env(), name, E_OUTOFMEMORY);
  }
}

Napi::Value FromBytes(Napi::Env env, std::span<const uint8_t> bytes) {
  auto array = Napi::Uint8Array::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), array.Data());
  return array;
}

void ExportCalls(Napi::Env env, Napi::Object exports, std::initializer_list<std::pair<const char*, FlatCall>> calls) {
  for (const auto& [name, call] : calls) {
    exports.DefineProperty(Napi::PropertyDescriptor::Function(env, exports, name, call, napi_enumerable));
  }
}

}  // namespace winpeer

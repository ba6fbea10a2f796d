#ifndef WINPEER_DOUBLES_VALUES_H_
#define WINPEER_DOUBLES_VALUES_H_

#include <p2p.h>
#include <wincrypt.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "ownership.h"

// Every structure has one function `fields`, generated: it hands each member to a visitor, with its name, and with the
// member that counts it where it is a list. Three visitors stand on it: in `image` (a structure's bytes), in Recorder
// (C++ to JSON) and in Filler (JSON to C++).

template <class T, class Structure>
concept Is = std::same_as<std::remove_const_t<T>, Structure>;

// Of a member's key.
void fields(auto visit, Is<CERT_PUBLIC_KEY_INFO> auto& it) {
  visit("Algorithm.pszObjId", it.Algorithm.pszObjId);
  visit("Algorithm.Parameters", it.Algorithm.Parameters.pbData, it.Algorithm.Parameters.cbData);
  visit("PublicKey", it.PublicKey.pbData, it.PublicKey.cbData);
  visit("PublicKey.cUnusedBits", it.PublicKey.cUnusedBits);
}

void fields(auto visit, Is<CERT_CONTEXT> auto& it) {
  visit("dwCertEncodingType", it.dwCertEncodingType);
  visit("pbCertEncoded", it.pbCertEncoded, it.cbCertEncoded);
}

namespace doubles {

template <class T>
concept Described = requires(T& it) {
  fields([](const char*, auto&...) {}, it);
};

template <class T>
concept Text = std::same_as<T, PWSTR> || std::same_as<T, PCWSTR>;

// What is the caller's own, and leads nowhere here: JSON has it as text, `0x1f`.
template <class T>
concept Opaque = std::same_as<T, void*> || std::same_as<T, const void*>;

template <class T>
concept FunctionPointer = std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>;

// Bytes and how many there are: JSON has them as one text.
template <class T>
concept Data = std::same_as<T, PEER_DATA> || requires(T& it) {
  it.cb;
  it.pb;
};

auto& count_of(auto& data) {
  if constexpr (std::same_as<std::remove_cvref_t<decltype(data)>, PEER_DATA>) {
    return data.cbData;
  } else {
    return data.cb;
  }
}

auto& bytes_of(auto& data) {
  if constexpr (std::same_as<std::remove_cvref_t<decltype(data)>, PEER_DATA>) {
    return data.pbData;
  } else {
    return data.pb;
  }
}

// What is one number of 64 bits to its readers; JSON has it as text, since numbers in JavaScript are exact to 2^53
// alone.
template <class T>
concept Wide = std::same_as<T, FILETIME> ||(std::integral<T> && sizeof(T) == 8);

// The member that says how large a structure is.
template <class T>
constexpr std::string_view kSize = "dwSize";

inline std::string hex(const void* bytes, size_t count) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : std::span(static_cast<const uint8_t*>(bytes), count)) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

inline std::vector<uint8_t> unhex(const json& value) {
  const std::string text = value.get<std::string>();
  std::vector<uint8_t> bytes;
  for (size_t at = 0; at + 1 < text.size(); at += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(at, 2), nullptr, 16)));
  }
  return bytes;
}

inline std::string narrow(std::wstring_view text) {
  std::string utf8(text.size() * 3, '\0');
  const int size = static_cast<int>(text.size());
  utf8.resize(WideCharToMultiByte(CP_UTF8, 0, text.data(), size, utf8.data(), static_cast<int>(utf8.size()), 0, 0));
  return utf8;
}

inline std::wstring widen(std::string_view text) {
  std::wstring utf16(text.size(), L'\0');
  const int size = static_cast<int>(text.size());
  utf16.resize(MultiByteToWideChar(CP_UTF8, 0, text.data(), size, utf16.data(), size));
  return utf16;
}

inline std::string pointer_text(const void* pointer) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(pointer)));
  return text;
}

inline std::string guid_text(const GUID& guid) {
  char text[37];
  std::snprintf(text, sizeof text, "%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", guid.Data1, guid.Data2,
                guid.Data3, guid.Data4[0], guid.Data4[1], guid.Data4[2], guid.Data4[3], guid.Data4[4], guid.Data4[5],
                guid.Data4[6], guid.Data4[7]);
  return text;
}

inline GUID guid_of(std::string text) {
  std::erase(text, '-');
  const std::vector<uint8_t> bytes = unhex(text);
  if (bytes.size() != sizeof(GUID)) die("no GUID: " + text);
  GUID guid;
  std::memcpy(&guid, bytes.data(), sizeof guid);
  guid.Data1 = _byteswap_ulong(guid.Data1);
  guid.Data2 = _byteswap_ushort(guid.Data2);
  guid.Data3 = _byteswap_ushort(guid.Data3);
  return guid;
}

// The bytes in hexadecimal, as they lie in memory but for what no test can know: `pp` where a pointer is that is not
// null, `..` between the fields.
template <class T>
std::string image(const T& it) {
  if constexpr (std::is_pointer_v<T>) {
    return std::string(2 * sizeof it, it == nullptr ? '0' : 'p');
  } else if constexpr (Described<T>) {
    std::string text(2 * sizeof it, '.');
    const auto put = [&](const auto& member) {
      const size_t offset = reinterpret_cast<const char*>(&member) - reinterpret_cast<const char*>(&it);
      text.replace(2 * offset, 2 * sizeof member, image(member));
    };
    fields([&](const char*, const auto&... members) { (put(members), ...); }, it);
    return text;
  } else {
    return hex(&it, sizeof it);
  }
}

// Turns what a caller handed over into JSON, and notes what no caller may hand over.
class Recorder {
 public:
  // Of all that pointers led to, by path.
  json bytes = json::object();
  json faults = json::array();

  template <class T>
  json record(const std::string& path, const T& it) {
    if constexpr (Text<T>) {
      if (it == nullptr) return nullptr;
      bytes[path] = hex(it, (std::wcslen(it) + 1) * sizeof(wchar_t));
      return narrow(it);
    } else if constexpr (std::same_as<T, PSTR>) {
      return it == nullptr ? json() : json(it);
    } else if constexpr (Opaque<T>) {
      return it == nullptr ? json() : json(pointer_text(it));
    } else if constexpr (FunctionPointer<T>) {
      return it != nullptr;
    } else if constexpr (std::same_as<std::remove_cvref_t<std::remove_pointer_t<T>>, SOCKADDR>) {
      return it == nullptr ? json() : address(path, it);
    } else if constexpr (std::is_pointer_v<T>) {
      if (it == nullptr) return nullptr;
      bytes[path] = image(*it);
      return record(path, *it);
    } else if constexpr (Data<T>) {
      if (bytes_of(it) == nullptr && count_of(it) > 0) fault(path, "bytes without a place");
      return bytes_of(it) == nullptr ? json() : json(hex(bytes_of(it), count_of(it)));
    } else if constexpr (std::same_as<T, GUID>) {
      return guid_text(it);
    } else if constexpr (Described<T>) {
      json object = json::object();
      const auto member = [&](const char* name, const auto& value, const auto&... count) {
        const std::string place = path + "." + name;
        if constexpr (sizeof...(count) > 0) {
          object[name] = list(place, value, count...);
        } else {
          object[name] = record(place, value);
        }
        if (std::string_view(name) == kSize<T> && object[name] != sizeof it) fault(place, "not the structure's size");
      };
      fields(member, it);
      return object;
    } else if constexpr (Wide<T>) {
      uint64_t number;
      std::memcpy(&number, &it, sizeof number);
      return std::to_string(number);
    } else if constexpr (std::is_enum_v<T> || std::integral<T>) {
      return static_cast<int64_t>(it);
    } else {
      return hex(&it, sizeof it);
    }
  }

  template <class T>
  json list(const std::string& path, T* items, ULONG count) {
    // PEER_PNRP_AUTO_ADDRESSES is a count of its own, without a list.
    if (items == nullptr) {
      if (count != 0 && count != ~0UL) fault(path, "a count without a list");
      return nullptr;
    }
    if constexpr (std::same_as<std::remove_const_t<T>, BYTE>) return hex(items, count);
    json array = json::array();
    for (ULONG at = 0; at < count; at++) {
      const std::string place = path + "." + std::to_string(at);
      if constexpr (!std::is_pointer_v<std::remove_const_t<T>>) bytes[place] = image(items[at]);
      array.push_back(record(place, items[at]));
    }
    return array;
  }

  void fault(const std::string& path, const std::string& what) { faults.push_back(path + ": " + what); }

 private:
  json address(const std::string& path, const SOCKADDR* it) {
    if (it->sa_family == AF_INET6) return hex(it, sizeof(SOCKADDR_IN6));
    if (it->sa_family == AF_INET) return hex(it, sizeof(SOCKADDR_IN));
    fault(path, "a socket address of family " + std::to_string(it->sa_family));
    return nullptr;
  }
};

// Turns what a script says into what a caller gets; all that it points to lies in one block.
class Filler {
 public:
  explicit Filler(Block& block) : block_(block) {}

  template <class T>
  void fill(const json& value, T& it) {
    if constexpr (Text<T>) {
      if (!value.is_null()) it = text(value);
    } else if constexpr (std::same_as<T, PSTR>) {
      const std::string text = value.get<std::string>();
      it = reinterpret_cast<char*>(copy({text.c_str(), text.c_str() + text.size() + 1}));
    } else if constexpr (Opaque<T>) {
      if (!value.is_null()) it = reinterpret_cast<void*>(std::stoull(value.get<std::string>(), nullptr, 16));
    } else if constexpr (std::same_as<T, PSOCKADDR>) {
      if (!value.is_null()) it = reinterpret_cast<SOCKADDR*>(copy(unhex(value)));
    } else if constexpr (FunctionPointer<T>) {
      die("no function can be scripted");
    } else if constexpr (std::is_pointer_v<T>) {
      if (!value.is_null()) fill(value, *(it = block_.make<std::remove_pointer_t<T>>()));
    } else if constexpr (Data<T>) {
      if (value.is_null()) return;
      const std::vector<uint8_t> data = unhex(value);
      count_of(it) = static_cast<ULONG>(data.size());
      bytes_of(it) = copy(data);
    } else if constexpr (std::same_as<T, GUID>) {
      it = guid_of(value);
    } else if constexpr (Described<T>) {
      if (!value.is_object()) die("no structure: " + value.dump());
      size_t found = 0;
      const auto member = [&](const char* name, auto& place, auto&... count) {
        const auto given = value.find(name);
        if (given != value.end()) {
          found++;
          if constexpr (sizeof...(count) > 0) {
            list(*given, place, count...);
          } else {
            fill(*given, place);
          }
        } else if constexpr (std::same_as<std::remove_reference_t<decltype(place)>, DWORD>) {
          if (std::string_view(name) == kSize<T>) place = sizeof it;
        }
      };
      fields(member, it);
      if (found < value.size()) die("a field that the structure lacks: " + value.dump());
    } else if constexpr (Wide<T>) {
      const uint64_t number = std::stoull(value.get<std::string>());
      std::memcpy(&it, &number, sizeof it);
    } else if constexpr (std::is_enum_v<T> || std::integral<T>) {
      it = static_cast<T>(value.get<int64_t>());
    } else {
      const std::vector<uint8_t> bytes = unhex(value);
      if (bytes.size() != sizeof it) die("not as long as its type: " + value.dump());
      std::memcpy(&it, bytes.data(), sizeof it);
    }
  }

  template <class T, class Count>
  void list(const json& values, T*& items, Count& count) {
    if constexpr (std::same_as<T, BYTE>) {
      const std::vector<uint8_t> bytes = unhex(values);
      count = static_cast<Count>(bytes.size());
      items = copy(bytes);
      return;
    }
    count = static_cast<Count>(values.size());
    if (values.is_null()) return;
    items = block_.make<T>(values.size());
    for (size_t at = 0; at < values.size(); at++) fill(values[at], items[at]);
  }

 private:
  // `{ "utf16": hex }` is for what no UTF-8 can say: halves of surrogate pairs.
  wchar_t* text(const json& value) {
    std::vector<uint8_t> bytes;
    if (value.is_object()) {
      bytes = unhex(value.at("utf16"));
    } else {
      const std::wstring wide = widen(value.get<std::string>());
      const auto start = reinterpret_cast<const uint8_t*>(wide.data());
      bytes.assign(start, start + wide.size() * sizeof(wchar_t));
    }
    bytes.resize(bytes.size() + sizeof(wchar_t));
    return reinterpret_cast<wchar_t*>(copy(bytes));
  }

  uint8_t* copy(const std::vector<uint8_t>& bytes) {
    uint8_t* place = block_.make<uint8_t>(bytes.size());
    std::memcpy(place, bytes.data(), bytes.size());
    return place;
  }

  Block& block_;
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_VALUES_H_

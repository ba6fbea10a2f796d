#ifndef WINPEER_DOUBLES_DRT_CALL_H_
#define WINPEER_DOUBLES_DRT_CALL_H_

#include "call.h"

namespace doubles {

// A call of the three DLLs of the DRT. What one of them opened, others are handed.
class DrtCall : public Call {
 public:
  using Call::Call;

  // A structure of functions, known by its address.
  template <class Provider>
  void provides(const char* name, Provider** place, const char* kind) {
    static_assert(std::is_same_v<decltype(Provider::Attach), HRESULT (*)(const PVOID)>);
    emptyOnEntry(name, place, kRequired);
    produces(name, place, [=, this](const json*, json& line) {
      const auto provider = std::make_shared<Provider>();
      provider->Attach = [](const PVOID) -> HRESULT { return S_OK; };
      provider->Detach = [](const PVOID) {};
      *place = provider.get();
      const auto opened =
          Handles::open().add({.kind = kind, .value = provider.get(), .opened_with = in_, .memory = provider});
      line["opens"].push_back(opened->name);
    });
  }

  // The instance attaches to its providers, and detaches from them when it closes.
  void settings(const char* name, const DRT_SETTINGS* it) {
    in(name, it, kRequired);
    if (it == nullptr) return;
    foreign("hTransport", it->hTransport, L"drttransport.dll", kRequired);
    foreign("pSecurityProvider", it->pSecurityProvider, L"drtprov.dll", kOptional);
    foreign("pBootstrapProvider", it->pBootstrapProvider, L"drtprov.dll", kOptional);
    require("pSecurityProvider", it->pSecurityProvider != nullptr, kRequired);
    require("pBootstrapProvider", it->pBootstrapProvider != nullptr, kRequired);
    otherwise([it](json& answer) {
      if (FAILED(static_cast<HRESULT>(answer.value("returns", uint32_t{S_OK})))) return;
      const HRESULT refused = attach(it->pSecurityProvider);
      const HRESULT result = FAILED(refused) ? refused : attach(it->pBootstrapProvider);
      if (FAILED(result)) answer["returns"] = static_cast<uint32_t>(result);
    });
    after_ = [this, copy = *it](uint64_t, const json&) {
      attached_to()[opened()] = [copy] {
        copy.pBootstrapProvider->Detach(copy.pBootstrapProvider->pvContext);
        copy.pSecurityProvider->Detach(copy.pSecurityProvider->pvContext);
      };
    };
  }

  void detaches(HANDLE drt) {
    outs_.push_back([drt](const json&, bool succeeded, json&) {
      if (!succeeded) return;
      if (const auto providers = attached_to().extract(drt)) providers.mapped()();
    });
  }

  // How many bytes the handle's next content takes.
  template <class T>
  void measures(const char* name, ULONG* place) {
    out(name, place);
    otherwise([=, handle = handles_.back()](json& answer) {
      if (handle->next == handle->contents.size()) return no_more(answer);
      Block block;
      Filler(block).fill(handle->contents[handle->next], *block.make<T>());
      answer.emplace(name, block.taken());
    });
  }

  // That content, in the caller's own place.
  template <class T>
  void draws(const char* name, T* place, ULONG size) {
    require(name, place != nullptr, kRequired);
    otherwise([=, handle = handles_.back()](json& answer) {
      if (answer.contains("returns")) return;
      if (handle->next == handle->contents.size()) return no_more(answer);
      Block block({reinterpret_cast<std::byte*>(place), size});
      T& it = *block.make<T>();
      const json& content = handle->contents[handle->next];
      Filler(block).fill(content, it);
      const json context = handle->opened_with.value("pvContext", json());
      if (!content.contains("pvContext")) Filler(block).fill(context, it.pvContext);
      if (block.taken() > size) return insufficient(answer);
      handle->next++;
      Handles::open().signal(handle->value);
    });
  }

  // The path that the script gives with the search.
  void path_size(const char* name, ULONG* place) {
    out(name, place);
    otherwise([=, handle = handles_.back()](json& answer) { answer.emplace(name, size_of(path_of(*handle))); });
  }

  void path(const char* name, DRT_ADDRESS_LIST* place, ULONG size) {
    require(name, place != nullptr, kRequired);
    otherwise([=, handle = handles_.back()](json& answer) {
      const json steps = path_of(*handle);
      if (answer.contains("returns")) return;
      if (size < size_of(steps)) return insufficient(answer);
      Block block;
      place->AddressCount = static_cast<ULONG>(steps.size());
      for (size_t at = 0; at < steps.size(); at++) Filler(block).fill(steps[at], place->AddressList[at]);
    });
  }

  void has_path() {
    names_.insert("path");
    after_ = [this](uint64_t, const json& answer) {
      Handles::open().get(opened())->opened_with["path"] = answer.value("path", json::array());
    };
  }

  // The name of an instance is its prefix, and a number.
  void name_size(const char* name, ULONG* place) {
    out(name, place);
    otherwise([=, handle = handles_.back()](json& answer) { answer.emplace(name, name_of(*handle).size()); });
  }

  void instance_name(const char* name, PWSTR place, ULONG size) {
    require(name, place != nullptr, kRequired);
    otherwise([=, handle = handles_.back()](json& answer) {
      const std::vector<uint8_t> bytes = name_of(*handle);
      if (answer.contains("returns")) return;
      if (size < bytes.size()) return insufficient(answer);
      std::memcpy(place, bytes.data(), bytes.size());
    });
  }

  void signals() {
    outs_.push_back([handle = handles_.back()](const json&, bool succeeded, json&) {
      if (succeeded) Handles::open().signal(handle->value);
    });
  }

  // A key of 32 bytes, for which there is a place.
  void key_into(const char* name, const DRT_DATA* it) {
    require(name, it != nullptr && it->pb != nullptr && it->cb == 32, kRequired);
    names_.insert(name);
    outs_.push_back([=](const json& answer, bool succeeded, json&) {
      if (!succeeded || !answer.contains(name)) return;
      const std::vector<uint8_t> bytes = unhex(answer[name]);
      if (bytes.size() != it->cb) die("a key of another size");
      std::memcpy(it->pb, bytes.data(), bytes.size());
    });
  }

 private:
  // What another of the DLLs opened; one that it did not is the caller's own, if there is such a thing.
  void foreign(const char* name, const void* value, const wchar_t* dll, Presence presence) {
    const HMODULE module = GetModuleHandleW(dll);
    const auto name_of = module == nullptr ? nullptr : GetProcAddress(module, "DoubleHandleName");
    const char* const known =
        name_of == nullptr ? nullptr
                           : reinterpret_cast<const char* (*)(const void*)>(reinterpret_cast<void*>(name_of))(value);
    in_[name] = known == nullptr ? json() : json(known);
    if (known == nullptr && presence == kRequired) recorder_.fault(name, "nothing that is open");
  }

  template <class Provider>
  static HRESULT attach(const Provider* it) {
    return it->Attach(it->pvContext);
  }

  // By instance, what detaches it.
  static std::map<HANDLE, std::function<void()>>& attached_to() {
    static std::map<HANDLE, std::function<void()>> instances;
    return instances;
  }

  static json path_of(const Handle& search) { return search.opened_with.value("path", json::array()); }
  static size_t size_of(const json& path) {
    return offsetof(DRT_ADDRESS_LIST, AddressList) + path.size() * sizeof(DRT_ADDRESS);
  }

  static std::vector<uint8_t> name_of(const Handle& drt) {
    const json prefix = drt.opened_with["pSettings"]["pwzDrtInstancePrefix"];
    const std::wstring name = (prefix.is_null() ? L"" : widen(prefix.get<std::string>())) + L".1";
    const auto start = reinterpret_cast<const uint8_t*>(name.c_str());
    return {start, start + (name.size() + 1) * sizeof(wchar_t)};
  }

  static void no_more(json& answer) { answer.emplace("returns", kNoMore); }
  static void insufficient(json& answer) { answer.emplace("returns", kInsufficientBuffer); }

  // DRT_E_NO_MORE and DRT_E_INSUFFICIENT_BUFFER, which mingw-w64 has no names for.
  static constexpr uint32_t kNoMore = 0x80621006;
  static constexpr uint32_t kInsufficientBuffer = 0x8062210c;
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_DRT_CALL_H_

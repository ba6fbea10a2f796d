#ifndef WINPEER_DOUBLES_CALL_H_
#define WINPEER_DOUBLES_CALL_H_

#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gates.h"
#include "model.h"
#include "values.h"

namespace doubles {

enum Presence { kRequired, kOptional };
// What a function says it with: an HRESULT, or a Win32 code.
enum Convention { kHresult, kWin32 };

// One call of a double: its export names each parameter, in order, then returns `answer()`. The log has a line when the
// call was entered and one when it was answered.
class Call {
 public:
  explicit Call(const char* function, Convention convention = kHresult)
      : function_(function), convention_(convention) {}

  template <class T>
  void in(const char* name, const T& value, Presence presence) {
    if constexpr (std::is_pointer_v<T>) require(name, value != nullptr, presence);
    in_[name] = recorder_.record(name, value);
  }

  template <class T>
  void in(const char* name, T* items, ULONG count, Presence presence) {
    require(name, items != nullptr || count == 0, presence);
    in_[name] = recorder_.list(name, items, count);
  }

  // A handle that this DLL opened.
  std::shared_ptr<Handle> uses(const char* name, HANDLE value, const char* kind) {
    auto handle = Handles::open().find(value, kind);
    if (handle == nullptr) recorder_.fault(name, std::string("no open ") + kind);
    in_[name] = handle == nullptr ? json() : json(handle->name);
    if (handle != nullptr) played_[name] = handle->played;
    handles_.push_back(handle);
    return handle;
  }

  void closes(const char* name, HANDLE value, const char* kind) {
    const auto handle = uses(name, value, kind);
    outs_.push_back([=](const json&, bool succeeded, json& line) {
      if (!succeeded) return;
      Handles::open().remove(value);
      line["closes"] = handle->name;
    });
  }

  // Null is tolerated.
  void frees(const char* name, const void* address) {
    const auto block = Blocks::held().take(address);
    if (address != nullptr && !block) recorder_.fault(name, "no block that is held");
    in_[name] = block ? json(*block) : json();
  }

  // The caller's event. The script's `signal` tells when it is set: at once where it says nothing, not at all where it
  // is false, else once the gate that it names is open.
  void event(const char* name, HANDLE event, Presence presence) {
    system_handle(name, event, presence);
    event_ = event;
  }

  // One of the system's.
  void system_handle(const char* name, HANDLE handle, Presence presence) {
    require(name, handle != nullptr, presence);
    DWORD flags;
    if (handle != nullptr && !GetHandleInformation(handle, &flags)) recorder_.fault(name, "no handle");
    in_[name] = handle != nullptr;
  }

  // The caller's key, by the public half of its AT_KEYEXCHANGE pair.
  void key(const char* name, HCRYPTPROV provider) {
    in_[name] = nullptr;
    if (provider == 0) return;
    HCRYPTKEY key;
    BYTE blob[2048];
    DWORD size = sizeof blob;
    if (!CryptGetUserKey(provider, AT_KEYEXCHANGE, &key)) return recorder_.fault(name, "no key to exchange keys with");
    if (!CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &size)) return recorder_.fault(name, "no public key");
    in_[name] = hex(blob, size);
    // A model is to have the whole pair.
    size = sizeof blob;
    if (stage_->model(function_) != nullptr && CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &size))
      secrets_[name] = hex(blob, size);
    CryptDestroyKey(key);
  }

  template <class T>
  void out(const char* name, T* place, Presence presence = kRequired) {
    emptyOnEntry(name, place, presence);
    produces(name, place, [=, this](const json* value, json& line) {
      Block block;
      Filler filler(block);
      *place = T();
      if (value != nullptr) {
        filler.fill(*value, *place);
      } else if constexpr (Text<T>) {
        // So that a test sees where the text is from.
        filler.fill(function_, *place);
      } else if constexpr (std::is_pointer_v<T> || Described<T>) {
        filler.fill(json::object(), *place);
      }
      gives(*place, std::move(block), line);
    });
  }

  // A list, and where its count goes.
  template <class T>
  void out(const char* name, T** place, ULONG* count) {
    emptyOnEntry(name, place);
    require(name, count != nullptr, kRequired);
    produces(name, place, [=](const json* value, json& line) {
      Block block;
      *place = nullptr;
      Filler(block).list(value == nullptr ? json() : *value, *place, *count);
      gives(*place, std::move(block), line);
    });
  }

  // The next contents of the enumeration, as many as the caller wants or as there are.
  void out(const char* name, void*** place, ULONG* count) {
    emptyOnEntry(name, place);
    outs_.push_back([=, enumeration = handles_.back()](const json&, bool succeeded, json& line) {
      if (!succeeded) return;
      const json& all = enumeration->contents;
      const auto first = all.begin() + enumeration->next;
      *count = std::min<ULONG>(*count, all.end() - first);
      enumeration->next += *count;
      if (*count == 0) return;
      Block block;
      *place = enumeration->array(json(json::array_t(first, first + *count)), block);
      gives(*place, std::move(block), line);
    });
  }

  // What the script says for the handle is what reading from it gives, `Item` by `Item` where it is an enumeration; a
  // model may say what it will know it by.
  template <class Item = void>
  void opens(const char* name, HANDLE* place, const char* kind, Presence presence = kRequired) {
    emptyOnEntry(name, place, presence);
    produces(name, place, [=, this](const json* value, json& line) {
      Handle handle{.kind = kind, .opened_with = in_, .event = event_};
      if (value != nullptr) (value->is_number() ? handle.played : handle.contents) = *value;
      if constexpr (!std::is_void_v<Item>) handle.array = arrayOf<Item>;
      const auto opened = Handles::open().add(std::move(handle));
      *place = opened_ = opened->value;
      line["opens"].push_back(opened->name);
    });
  }

  // A provider with the key that the script gives as a PRIVATEKEYBLOB; without one it has none.
  void out_key(const char* name, HCRYPTPROV* place) {
    require(name, place != nullptr, kRequired);
    produces(name, place, [=](const json* value, json&) {
      if (!CryptAcquireContextW(place, nullptr, MS_ENHANCED_PROV_W, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT))
        die("no provider");
      if (value == nullptr) return;
      const std::vector<uint8_t> blob = unhex(*value);
      HCRYPTKEY key;
      if (!CryptImportKey(*place, blob.data(), blob.size(), 0, CRYPT_EXPORTABLE, &key)) die("no PRIVATEKEYBLOB");
      CryptDestroyKey(key);
    });
  }

  // Who plays the call, unless its script or the double answers.
  const json* model() const { return unasked_ ? nullptr : stage_->model(function_); }
  json question() const { return {{"function", function_}, {"in", in_}, {"handles", played_}, {"secrets", secrets_}}; }
  void answers_itself() { unasked_ = true; }

  // What the double answers where the script says nothing.
  void otherwise(std::function<void(json& answer)> imitation) { imitation_ = std::move(imitation); }

  // What is answered where the script says neither this nor a code.
  void usually(const char* answers) {
    otherwise([usual = json::parse(answers)](json& answer) {
      if (!answer.contains("returns")) answer.insert(usual.begin(), usual.end());
    });
  }

  // Where the script says nothing, the out parameter is the number of contents that the handle has.
  template <class T>
  void counts(const char* name, T* place) {
    out(name, place);
    otherwise([=, this](json& answer) { answer.emplace(name, handles_.back()->contents.size()); });
  }

  // Where the script says nothing, the out parameter is the handle's next content, and `end` the answer after the last.
  void draws(const char* name, uint32_t end) {
    otherwise([=, handle = handles_.back()](json& answer) {
      if (answer.contains(name) || answer.contains("returns")) return;
      if (handle->next == handle->contents.size()) {
        answer = {{"returns", end}, {name, nullptr}};
      } else {
        answer[name] = handle->contents[handle->next++];
        // A signal stands for one content or for several: who reads one a signal goes on, who drains finds the end.
        Handles::open().signal(handle->value);
      }
    });
  }

  HRESULT answer() {
    static std::atomic<unsigned> calls = 0;
    const unsigned number = ++calls;
    json entry{{"call", number},
               {"function", function_},
               {"thread", GetCurrentThreadId()},
               {"in", in_},
               {"bytes", recorder_.bytes}};
    if (!recorder_.faults.empty()) entry["faults"] = recorder_.faults;

    json answer = stage_->begin(function_, entry);
    if (!recorder_.faults.empty()) {
      answer = {{"returns", static_cast<uint32_t>(convention_ == kWin32 ? ERROR_INVALID_PARAMETER : E_INVALIDARG)}};
    } else {
      if (model() != nullptr) answer = ask(*model(), question());
      if (imitation_ != nullptr) imitation_(answer);
    }
    if (answer.contains("until")) await(*stage_, answer["until"]);

    const HRESULT result = answer.contains("returns") ? code(answer["returns"]) : usual_;
    // A raw Win32 code in the place of an HRESULT is positive, and no success.
    const bool succeeded = result == S_OK || result == usual_ ||
                           (convention_ == kHresult && SUCCEEDED(result) && HRESULT_FACILITY(result) == kFacilityP2p);
    json line{{"answer", number}, {"returns", code_text(result)}};
    for (const auto& out : outs_) out(answer, succeeded, line);
    for (const auto& [name, value] : answer.items()) {
      if (!names_.contains(name)) die(function_ + " has no " + name + " to answer with");
    }
    stage_->write(line);
    if (opened_ != nullptr) signal(answer);
    if (succeeded && after_ != nullptr) after_(number, answer);
    return result;
  }

  // The answer of a function that keeps its code for GetLastError.
  BOOL succeeds() {
    const HRESULT result = answer();
    if (result != S_OK) SetLastError(result);
    return result == S_OK;
  }

 protected:
  void require(const char* name, bool present, Presence presence) {
    if (!present && presence == kRequired) recorder_.fault(name, "null");
  }

  // What the call opened, null where it opened nothing.
  HANDLE opened() const { return opened_; }

  static std::string code_text(HRESULT result) {
    char text[11];
    std::snprintf(text, sizeof text, "0x%08lx", static_cast<unsigned long>(result));
    return text;
  }

  // A test opens the gate when it has seen what it wants to see while the call lasts.
  static void await(const Stage& stage, const json& gate) {
    while (!stage.open(gate.get<std::string>())) Sleep(2);
  }

  const std::string function_;
  const std::shared_ptr<Stage> stage_ = Stage::current();
  Recorder recorder_;
  json in_ = json::object();
  // What the call is on, in the order of its parameters.
  std::vector<std::shared_ptr<Handle>> handles_;
  // What a script may say.
  std::set<std::string> names_{"returns", "signal", "until"};
  std::vector<std::function<void(const json& answer, bool succeeded, json& line)>> outs_;
  HRESULT usual_ = S_OK;
  // What comes of a call that succeeded.
  std::function<void(unsigned number, const json& answer)> after_;

 private:
  static constexpr int kFacilityP2p = 0x63;

  // Runs `fill` with what the script says, or with null where it says nothing and the call succeeds.
  template <class Fill>
  void produces(const char* name, const void* place, Fill fill) {
    names_.insert(name);
    outs_.push_back([=](const json& answer, bool succeeded, json& line) {
      if (place == nullptr) return;
      const auto value = answer.find(name);
      if (value != answer.end())
        fill(&*value, line);
      else if (succeeded)
        fill(static_cast<const json*>(nullptr), line);
    });
  }

  template <class T>
  void emptyOnEntry(const char* name, T* place, Presence presence = kRequired) {
    require(name, place != nullptr, presence);
    // PeerCreatePeerName's page demands it of its caller; for the others it is good practice.
    if constexpr (std::is_pointer_v<T>) {
      if (place != nullptr && *place != nullptr) recorder_.fault(name, "not null on entry");
    }
  }

  template <class T>
  static void gives(const T& place, Block block, json& line) {
    if constexpr (std::is_pointer_v<T>) {
      if (place != nullptr) line["gives"].push_back(Blocks::held().give(place, std::move(block)));
    }
  }

  template <class Item>
  static void** arrayOf(const json& items, Block& block) {
    auto array = block.make<void*>(items.size());
    Filler filler(block);
    for (size_t at = 0; at < items.size(); at++) {
      const auto item = block.make<Item>();
      filler.fill(items[at], *item);
      array[at] = item;
    }
    return array;
  }

  void signal(const json& answer) const {
    const auto policy = answer.find("signal");
    if (policy == answer.end()) return Handles::open().signal(opened_);
    if (policy->is_string()) {
      Gates::all().when_open(stage_, *policy, [handle = opened_] { Handles::open().signal(handle); });
    }
  }

  static HRESULT code(const json& value) { return static_cast<HRESULT>(value.get<uint32_t>()); }

  const Convention convention_;
  // For a model: what handles are to it, and private keys.
  json played_ = json::object();
  json secrets_ = json::object();
  bool unasked_ = false;
  std::function<void(json& answer)> imitation_;
  HANDLE event_ = nullptr;
  HANDLE opened_ = nullptr;
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_CALL_H_

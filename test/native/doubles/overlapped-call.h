#ifndef WINPEER_DOUBLES_OVERLAPPED_CALL_H_
#define WINPEER_DOUBLES_OVERLAPPED_CALL_H_

#include "call.h"
#include "operations.h"

namespace doubles {

// A call of a DLL some of whose functions go on after they have returned: with one it begins, ends or looks after them.
class OverlappedCall : public Call {
 public:
  explicit OverlappedCall(const char* function) : Call(function, kWin32) {}

  void closes(const char* name, HANDLE value, const char* kind) {
    Call::closes(name, value, kind);
    ends([handle = handles_.back()](const Operation& on) { return on.on(*handle); });
  }

  // The call goes on after it has returned; kAtOffset says that it takes the place to begin at from here.
  enum Offset { kNoOffset, kAtOffset };
  void overlapped(const char* name, OVERLAPPED* it, Offset offset) {
    require(name, it != nullptr, kRequired);
    if (it == nullptr) return;
    const uint64_t at = static_cast<uint64_t>(it->OffsetHigh) << 32 | it->Offset;
    in_[name] = std::to_string(at);
    recorder_.bytes[name] = hex(it, offsetof(OVERLAPPED, hEvent)) + image(it->hEvent);
    if (at != 0 && offset == kNoOffset) recorder_.fault(name, "an offset that is reserved");
    if (!Operations::all().function_of(it).is_null()) recorder_.fault(name, "of a call that goes on");
    system_handle("hEvent", it->hEvent, kRequired);
    overlapped_ = it;
    usual_ = ERROR_IO_PENDING;
    names_.insert("completes");
    outs_.push_back([](const json&, bool succeeded, json& line) { line["goesOn"] = succeeded; });
    after_ = [this](unsigned number, const json& answer) { goOn(number, answer); };
  }

  // One such call at a time on the handle, of the function or of one whose name continues its.
  void alone(const std::string& prefix) {
    const auto clashes = [&](const Operation& it) {
      return it.function.starts_with(prefix) && it.on(*handles_.back());
    };
    if (handles_.back() != nullptr && Operations::all().any(clashes))
      recorder_.fault("lpOverlapped", "the call before goes on");
  }

  // Bytes that stay the DLL's until the call has ended.
  void lends(const char* name, const BYTE* bytes, DWORD count) {
    in(name, bytes, count, kRequired);
    untouched_ = [=, before = in_[name]] { return before == json(hex(bytes, count)); };
    deliveries_.push_back([=](const json&) { return count; });
  }

  // A place that is filled when the call has ended.
  void awaits(const char* name, BYTE* place, DWORD size, Presence presence) {
    require(name, place != nullptr || size == 0, presence);
    names_.insert(name);
    in_[name] = place != nullptr;
    deliveries_.push_back([=](const json& answer) -> DWORD {
      const auto bytes = answer.contains(name) ? unhex(answer[name]) : std::vector<uint8_t>();
      if (bytes.size() > size) die("more bytes than there is place for");
      std::copy(bytes.begin(), bytes.end(), place);
      return static_cast<DWORD>(bytes.size());
    });
  }

  template <class T>
  void awaits(const char* name, T* place) {
    require(name, place != nullptr, kRequired);
    names_.insert(name);
    deliveries_.push_back([=](const json& answer) -> DWORD {
      Block block;
      if (answer.contains(name)) Filler(block).fill(answer[name], *place);
      return 0;
    });
  }

  // Ends a call that goes on on the handle, all of them where it is null.
  void cancels(const char* name, const OVERLAPPED* it, Presence presence) {
    cancels(name, it, presence, [handle = handles_.back()](const Operation& on) { return on.on(*handle); });
  }

  // The same by the label of what it was called on.
  void cancels(const char* name, const OVERLAPPED* it, const char* label) {
    cancels(name, it, kRequired, [this, label](const Operation& on) { return on.labelled(in_[label]); });
  }

  // What it ends goes on no more once it has returned.
  void ends(const std::string& prefix) {
    ends([=, handle = handles_.back()](const Operation& on) {
      return on.function.starts_with(prefix) && on.on(*handle);
    });
  }

  void ends_labelled(const char* label) {
    ends([=, this](const Operation& on) { return on.labelled(in_[label]); });
  }

  // What became of a call that went on.
  void result_of(const char* name, const OVERLAPPED* it, const char* count, DWORD* bytes) {
    require(name, it != nullptr, kRequired);
    require(count, bytes != nullptr, kRequired);
    const auto [function, code] = Operations::all().result(it);
    if (function.is_null()) return recorder_.fault(name, "of no call that anybody has to ask after");
    in_[name] = function;
    otherwise([=, code = code](json& answer) {
      answer.emplace("returns", code);
      *bytes = static_cast<DWORD>(it->InternalHigh);
    });
  }

 private:
  using Which = std::function<bool(const Operation& on)>;

  void cancels(const char* name, const OVERLAPPED* it, Presence presence, const Which& which) {
    require(name, it != nullptr, presence);
    in_[name] = it == nullptr ? json() : Operations::all().function_of(it);
    otherwise([=](json& answer) {
      if (answer.contains("returns")) return;
      const size_t count = Operations::all().abort(
          [&](const Operation& on) { return (it == nullptr || on.overlapped == it) && which(on); });
      if (count == 0) answer["returns"] = kOperationNotFound;
    });
  }

  void ends(const Which& which) {
    outs_.push_back([=](const json&, bool succeeded, json&) {
      if (succeeded) Operations::all().abort(which);
    });
  }

  // The script's `completes` says how it ends and when: at once where it says nothing, not by itself where it is false.
  void goOn(unsigned number, const json& answer) {
    const json end = answer.value("completes", json::object());
    Operation operation{.stage = stage_, .call = number, .function = function_, .overlapped = overlapped_};
    operation.handles = handles_;
    operation.deliver = [deliveries = deliveries_, answer] {
      DWORD bytes = 0;
      for (const auto& delivery : deliveries) bytes += delivery(answer);
      return bytes;
    };
    operation.untouched = untouched_;
    if (end.is_object()) operation.end = end;
    Operations::all().begin(std::move(operation));
    if (!end.is_object()) return;
    if (!end.contains("until")) return Operations::all().complete(overlapped_, number);
    Gates::all().when_open(stage_, end["until"], [overlapped = overlapped_, number] {
      Operations::all().complete(overlapped, number);
    });
  }

  // PEERDIST_ERROR_OPERATION_NOTFOUND, which mingw-w64 has no name for.
  static constexpr uint32_t kOperationNotFound = 4059;

  OVERLAPPED* overlapped_ = nullptr;
  std::vector<std::function<DWORD(const json& answer)>> deliveries_;
  std::function<bool()> untouched_ = [] { return true; };
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_OVERLAPPED_CALL_H_

#ifndef WINPEER_DOUBLES_OPERATIONS_H_
#define WINPEER_DOUBLES_OPERATIONS_H_

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ownership.h"

namespace doubles {

// A call that goes on after it has returned. Its OVERLAPPED and its buffers are the DLL's until it completes.
struct Operation {
  std::shared_ptr<Stage> stage;
  // By which the log knows it.
  uint64_t call = 0;
  std::string function;
  OVERLAPPED* overlapped = nullptr;
  // What it was called on, the narrowest last.
  std::vector<std::shared_ptr<Handle>> handles = {};
  // What the script says of its end: `status`, `bytes`, `offset`, and the gate that it waits `until`.
  json end = json::object();
  // Fills the caller's places with what the script has for them; how many bytes that is.
  std::function<DWORD()> deliver = nullptr;
  // Whether the caller kept its hands off what it handed over.
  std::function<bool()> untouched = nullptr;

  bool on(const Handle& handle) const {
    return std::any_of(handles.begin(), handles.end(), [&](const auto& it) { return it.get() == &handle; });
  }

  // Whether what it was called on was opened with this label.
  bool labelled(const json& label) const {
    return std::any_of(handles.begin(), handles.end(),
                       [&](const auto& it) { return it->opened_with.value("pContentIdentifier", json()) == label; });
  }
};

// Those of this DLL that go on, by their OVERLAPPED.
class Operations {
 public:
  static Operations& all() {
    static Operations operations;
    return operations;
  }

  // Null where nothing with this OVERLAPPED goes on.
  json function_of(const OVERLAPPED* overlapped) {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(overlapped);
    return found == pending_.end() ? json() : json(found->second.function);
  }

  bool any(const std::function<bool(const Operation&)>& which) {
    const std::lock_guard lock(mutex_);
    return std::any_of(pending_.begin(), pending_.end(), [&](const auto& it) { return which(it.second); });
  }

  void begin(Operation operation) {
    const std::lock_guard lock(mutex_);
    operation.overlapped->Internal = STATUS_PENDING;
    ended_.erase(operation.overlapped);
    pending_.insert_or_assign(operation.overlapped, std::move(operation));
  }

  // As the script says it, unless it has ended meanwhile.
  void complete(const OVERLAPPED* overlapped, uint64_t call) {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(overlapped);
    if (found != pending_.end() && found->second.call == call) end(found, std::nullopt);
  }

  // How many there were. They have ended when it returns.
  size_t abort(const std::function<bool(const Operation&)>& which) {
    const std::lock_guard lock(mutex_);
    size_t count = 0;
    for (auto it = pending_.begin(); it != pending_.end();) {
      const auto next = std::next(it);
      if (which(it->second)) {
        end(it, ERROR_OPERATION_ABORTED);
        count++;
      }
      it = next;
    }
    return count;
  }

  // Its function, null where nobody has to ask after it: it never began, or has been asked after already. And its code.
  std::pair<json, DWORD> result(const OVERLAPPED* overlapped) {
    const std::lock_guard lock(mutex_);
    if (const auto on = pending_.find(overlapped); on != pending_.end())
      return {on->second.function, ERROR_IO_INCOMPLETE};
    const auto ended = ended_.extract(overlapped);
    if (ended.empty()) return {nullptr, ERROR_SUCCESS};
    const auto status = static_cast<DWORD>(overlapped->Internal);
    return {ended.mapped(), HRESULT_FACILITY(status) == FACILITY_WIN32 ? HRESULT_CODE(status) : status};
  }

 private:
  using Pending = std::map<const OVERLAPPED*, Operation>;

  // An NTSTATUS of this facility stands for a Win32 code, so that the system's own GetOverlappedResult knows it too.
  static constexpr DWORD kWin32Status = 0xC0070000;

  void end(Pending::iterator which, std::optional<DWORD> forced) {
    const Operation operation = std::move(which->second);
    pending_.erase(which);
    const json& end = operation.end;
    const DWORD status = forced.value_or(end.value("status", DWORD{ERROR_SUCCESS}));
    json line{{"completion", operation.call}, {"status", status}};
    if (!operation.untouched()) line["faults"] = {"changed while the call went on"};
    OVERLAPPED& overlapped = *operation.overlapped;
    DWORD bytes = 0;
    if (!forced) {
      if (status == ERROR_SUCCESS) bytes = operation.deliver();
      bytes = end.value("bytes", bytes);
      if (const auto offset = end.find("offset"); offset != end.end()) {
        const uint64_t number = std::stoull(offset->get<std::string>());
        overlapped.Offset = static_cast<DWORD>(number);
        overlapped.OffsetHigh = static_cast<DWORD>(number >> 32);
      }
    }
    overlapped.InternalHigh = bytes;
    overlapped.Internal = status != ERROR_SUCCESS && status <= 0xffff ? kWin32Status | status : status;
    ended_.insert_or_assign(operation.overlapped, operation.function);
    // Once the event is set, all of it is the caller's again.
    const HANDLE event = overlapped.hEvent;
    operation.stage->write(line);
    SetEvent(event);
  }

  std::mutex mutex_;
  Pending pending_;
  std::map<const OVERLAPPED*, std::string> ended_;
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_OPERATIONS_H_

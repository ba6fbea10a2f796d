#include "lookup.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../marshal/query-set.h"
#include "../runtime/arguments.h"

namespace winpeer {

namespace {

// Ten addresses, a comment and a payload of 4,096 bytes fit in.
constexpr size_t kUsualBuffer = 8192;
// A provider that wants more does not know what it wants.
constexpr size_t kLargestBuffer = size_t{1} << 20;

Outcome Next(const Query& query, decltype(::WSALookupServiceNextW)* next, DWORD flags) {
  for (size_t wanted = kUsualBuffer; wanted <= kLargestBuffer;) {
    std::vector<std::max_align_t> buffer((wanted + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t));
    const auto size = static_cast<DWORD>(buffer.size() * sizeof buffer[0]);
    DWORD length = size;
    auto* const result = reinterpret_cast<WSAQUERYSETW*>(buffer.data());
    const HANDLE value = query.value();
    if (value == nullptr) return Outcome::Failure(WSA_E_CANCELLED);
    if (next(value, flags, &length, result) == 0) return Outcome::Value(CopyQueryResult(*result));
    const HRESULT error = LastSocketError();
    if (error != WSAEFAULT) return Outcome::Failure(error);
    wanted = std::max<size_t>(length, size_t{size} * 2);
  }
  return Outcome::Failure(WSAEFAULT);
}

// WSALookupServiceBeginW(winsock, restrictions: QuerySet, flags: number): Promise<Lookup>
Napi::Value LookupServiceBegin(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const begin = WINPEER_WINSOCK(env, WSALookupServiceBeginW);
  auto* const end = WINPEER_WINSOCK(env, WSALookupServiceEnd);
  const auto winsock = HandleOf<Winsock>(info[0], "WSALookupServiceBeginW");
  const auto restrictions = std::make_shared<QuerySet>(info[1]);
  const DWORD flags = ToUint32(info[2], "flags");
  return Environment::Of(env).Start(env, "WSALookupServiceBeginW", [=] {
    HANDLE value = nullptr;
    if (begin(restrictions->get(), flags, &value) != 0) return Outcome::Failure(LastSocketError());
    auto lookup = std::make_shared<Lookup>(std::make_shared<Query>(value, winsock, end));
    return Outcome::Value([lookup](Napi::Env js) { return ToJs(js, lookup); });
  });
}

// WSALookupServiceNextW(lookup, flags: number): Promise<QueryResult>
Napi::Value LookupServiceNext(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const next = WINPEER_WINSOCK(env, WSALookupServiceNextW);
  const auto lookup = HandleOf<Lookup>(info[0], "WSALookupServiceNextW");
  const DWORD flags = ToUint32(info[1], "flags");
  return Environment::Of(env).calls().Start(
      env, "WSALookupServiceNextW", *lookup->waiting(), lookup->results(),
      [next, flags, query = lookup->query()] { return Next(*query, next, flags); });
}

// WSANSPIoctl(lookup, controlCode: number): Promise<void>; resolves when the change that it tells of is there.
Napi::Value NspIoctl(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const ioctl = WINPEER_WINSOCK(env, WSANSPIoctl);
  const auto lookup = HandleOf<Lookup>(info[0], "WSANSPIoctl");
  const DWORD control_code = ToUint32(info[1], "controlCode");
  return Environment::Of(env).calls().Start(env, "WSANSPIoctl", *lookup->waiting(), lookup->notices(),
                                            [ioctl, control_code, query = lookup->query()] {
                                              return Outcome::Plain(query->AwaitNotice(ioctl, control_code));
                                            });
}

// WSALookupServiceEnd(lookup): Promise<void>; not after the calls on the handle that wait, but in the midst of them.
Napi::Value LookupServiceEnd(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto lookup = TakeHandle<Lookup>(info[0], "WSALookupServiceEnd");
  return Environment::Of(env).Start(env, "WSALookupServiceEnd", lookup->strand(),
                                    [=] { return Outcome::Plain(lookup->query()->End()); });
}

}  // namespace

Query::Query(HANDLE value, std::shared_ptr<Winsock> winsock, decltype(::WSALookupServiceEnd)* end)
    : value_(value),
      winsock_(std::move(winsock)),
      end_(end),
      ended_(CreateEventW(nullptr, TRUE, FALSE, nullptr)),
      noticed_(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

Query::~Query() {
  for (const HANDLE event : {ended_, noticed_}) {
    if (event != nullptr) CloseHandle(event);
  }
}

HANDLE Query::value() const {
  const std::lock_guard lock(mutex_);
  return value_;
}

HRESULT Query::End() {
  HANDLE value = nullptr;
  {
    const std::lock_guard lock(mutex_);
    value = std::exchange(value_, nullptr);
  }
  if (value == nullptr) return S_OK;
  if (ended_ != nullptr) SetEvent(ended_);
  return end_(value) == 0 ? S_OK : LastSocketError();
}

HRESULT Query::AwaitNotice(decltype(::WSANSPIoctl)* ioctl, DWORD control_code) {
  const HANDLE value = this->value();
  if (value == nullptr) return WSA_E_CANCELLED;
  if (ended_ == nullptr || noticed_ == nullptr) return HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES);
  ResetEvent(noticed_);
  notice_ = {};
  notice_.hEvent = noticed_;
  WSACOMPLETION completion{};
  completion.Type = NSP_NOTIFY_EVENT;
  completion.Parameters.Event.lpOverlapped = &notice_;
  // PNRP's page wants null for the count of bytes, against the function's own.
  if (ioctl(value, control_code, nullptr, 0, nullptr, 0, nullptr, &completion) == 0) return S_OK;
  const HRESULT error = LastSocketError();
  if (error != WSA_IO_PENDING) return error;
  const HANDLE either[] = {ended_, noticed_};
  switch (WaitForMultipleObjects(2, either, FALSE, INFINITE)) {
    case WAIT_OBJECT_0:
      return WSA_E_CANCELLED;
    case WAIT_OBJECT_0 + 1:
      return S_OK;
    default:
      return LastSocketError();
  }
}

void ExportLookupCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"WSALookupServiceBeginW", LookupServiceBegin},
               {"WSALookupServiceNextW", LookupServiceNext},
               {"WSANSPIoctl", NspIoctl},
               {"WSALookupServiceEnd", LookupServiceEnd}});
}

}  // namespace winpeer

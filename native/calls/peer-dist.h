// What the calls of peerdist.dll stand on: its handles, and calls that go on after they have returned.
#ifndef WINPEER_CALLS_PEER_DIST_H_
#define WINPEER_CALLS_PEER_DIST_H_

#include <napi.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <span>
#include <utility>
#include <vector>

#include "../runtime/arguments.h"
#include "../runtime/environment.h"
#include "../runtime/handle.h"
#include "../runtime/windows-error.h"
#include "../sdk/peerdist.h"
#include "overlapped.h"

namespace winpeer {

// A function of peerdist.dll, of the type that native/sdk gives it.
#define WINPEER_PEER_DIST(env, name) Environment::Of(env).Find<sdk::name>(env, L"peerdist.dll", #name)

// PEERDIST_INSTANCE_HANDLE, which all other handles stand on. Calls of several strands share it, and its end waits for
// those that are under way.
class Instance final : public Handle {
 public:
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f31};
  static constexpr const char* kName = "instance";

  Instance(sdk::PEERDIST_INSTANCE_HANDLE value, sdk::PeerDistShutdown* shutdown) : value_(value), shutdown_(shutdown) {}
  ~Instance() override { End(); }

  // `call` is DWORD(PEERDIST_INSTANCE_HANDLE).
  template <class Call>
  DWORD With(const Call& call) const {
    const std::shared_lock lock(mutex_);
    return value_ == nullptr ? ERROR_INVALID_HANDLE : call(value_);
  }

  DWORD End() {
    const std::unique_lock lock(mutex_);
    const auto value = std::exchange(value_, nullptr);
    return value == nullptr ? ERROR_SUCCESS : shutdown_(value);
  }

 private:
  mutable std::shared_mutex mutex_;
  sdk::PEERDIST_INSTANCE_HANDLE value_;
  sdk::PeerDistShutdown* const shutdown_;
};

// What an instance opened. Its calls are on its strand; its end cancels those that go on.
template <class Kind>
class Opened final : public Handle {
 public:
  static constexpr napi_type_tag kTag = Kind::kTag;
  static constexpr const char* kName = Kind::kName;
  using Close = DWORD WINAPI(sdk::PEERDIST_INSTANCE_HANDLE, HANDLE);

  Opened(std::shared_ptr<Instance> instance, HANDLE value, Close* close)
      : instance_(std::move(instance)), value_(value), close_(close) {}
  ~Opened() override { End(); }

  // `call` is DWORD(PEERDIST_INSTANCE_HANDLE, HANDLE).
  template <class Call>
  DWORD With(const Call& call) const {
    if (value_ == nullptr) return ERROR_INVALID_HANDLE;
    return instance_->With([&](sdk::PEERDIST_INSTANCE_HANDLE instance) { return call(instance, value_); });
  }

  DWORD End() {
    const HANDLE value = std::exchange(value_, nullptr);
    if (value == nullptr) return ERROR_SUCCESS;
    return instance_->With([&](sdk::PEERDIST_INSTANCE_HANDLE instance) { return close_(instance, value); });
  }

 private:
  const std::shared_ptr<Instance> instance_;
  HANDLE value_;
  Close* const close_;
};

// PEERDIST_STREAM_HANDLE.
struct StreamKind {
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f32};
  static constexpr const char* kName = "stream";
};
using Stream = Opened<StreamKind>;

// PEERDIST_CONTENTINFO_HANDLE.
struct ContentInfoKind {
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f33};
  static constexpr const char* kName = "contentInfo";
};
using ContentInfo = Opened<ContentInfoKind>;

// PEERDIST_CONTENT_HANDLE.
struct ContentKind {
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f34};
  static constexpr const char* kName = "content";
};
using Content = Opened<ContentKind>;

// What a call of several threads reads, until none of them needs it any more. Not const, as Windows' parameters are
// not.
using Bytes = std::shared_ptr<std::vector<uint8_t>>;

inline Bytes ToSharedBytes(const Napi::Value& value, const char* name) {
  return std::make_shared<std::vector<uint8_t>>(ToBytes(value, name));
}

// Of a function that answers nothing but its code: a Win32 one, and any but 0 is a failure.
inline Outcome OutcomeOf(DWORD code) {
  return code == ERROR_SUCCESS ? Outcome::Nothing() : Outcome::Failure(static_cast<HRESULT>(code));
}

// `open` is DWORD(PEERDIST_INSTANCE_HANDLE, HANDLE*): what it opens is of `Kind`.
template <class Kind, class Open>
Napi::Value StartOpening(Napi::Env env, const char* operation, const std::shared_ptr<Instance>& instance,
                         typename Kind::Close* close, Open open) {
  return Environment::Of(env).Start(env, operation, instance->strand(), [=, open = std::move(open)] {
    HANDLE value = nullptr;
    const DWORD code = instance->With([&](sdk::PEERDIST_INSTANCE_HANDLE it) { return open(it, &value); });
    if (code != ERROR_SUCCESS) return OutcomeOf(code);
    auto opened = std::make_shared<Kind>(instance, value, close);
    return Outcome::Value([opened](Napi::Env js) { return ToJs(js, opened); });
  });
}

template <class Kind>
Napi::Value StartClosing(Napi::Env env, const char* operation, const std::shared_ptr<Kind>& handle) {
  return Environment::Of(env).Start(env, operation, handle->strand(), [=] { return OutcomeOf(handle->End()); });
}

// The OVERLAPPED of a call that is on `strand`.
std::shared_ptr<Overlapped> ClaimOverlapped(const Napi::Value& value, const std::shared_ptr<Strand>& strand,
                                            const char* operation);

// A call on the handle that goes on after it has returned, from `offset` where it has one; `begin` is
// DWORD(handles of Kind::With..., OVERLAPPED*). What its end brings, `outcome` says on the event thread; until then it
// keeps what Windows reads and writes.
template <class Kind, class Begin>
Napi::Value StartOverlapped(Napi::Env env, const char* operation, const std::shared_ptr<Kind>& handle,
                            const Napi::Value& overlapped, uint64_t offset, Begin begin,
                            std::function<Outcome(const Overlapped::End&)> outcome) {
  const auto claimed = ClaimOverlapped(overlapped, handle->strand(), operation);
  return Environment::Of(env).calls().StartLasting(
      env, operation, handle->strand(),
      [=, begin = std::move(begin), outcome = std::move(outcome)](const PendingCalls::Answer& answer) {
        const DWORD code = claimed->Start(
            offset,
            [&](OVERLAPPED* it) { return handle->With([&](auto... handles) { return begin(handles..., it); }); },
            [answer, outcome](const Overlapped::End& end) {
              try {
                answer(outcome(end));
              } catch (const std::bad_alloc&) {
                answer(Outcome::Failure(E_OUTOFMEMORY));
              }
            });
        if (code != ERROR_IO_PENDING) answer(Outcome::Failure(static_cast<HRESULT>(code)));
      });
}

// Of a call whose end brings nothing but its code.
inline Outcome NothingBut(const Overlapped::End& end) {
  return OutcomeOf(end.code);
}

// The same for a call that Windows reads bytes of; `call` is DWORD(PEERDIST_INSTANCE_HANDLE, HANDLE, DWORD, PBYTE,
// OVERLAPPED*).
template <class Kind, class Call>
Napi::Value StartLending(Napi::Env env, const char* operation, const std::shared_ptr<Kind>& handle, const Bytes& bytes,
                         const Napi::Value& overlapped, uint64_t offset, Call* call) {
  return StartOverlapped(
      env, operation, handle, overlapped, offset,
      [=](sdk::PEERDIST_INSTANCE_HANDLE instance, HANDLE it, OVERLAPPED* data) {
        return call(instance, it, static_cast<DWORD>(bytes->size()), bytes->data(), data);
      },
      [bytes](const Overlapped::End& end) { return OutcomeOf(end.code); });
}

// What Windows reads into. Of no size it is no place at all.
class ReadBuffer {
 public:
  explicit ReadBuffer(DWORD size) : size_(size) {}

  DWORD size() const { return size_; }
  PBYTE Allocate() {
    if (size_ > 0) bytes_ = std::make_unique_for_overwrite<BYTE[]>(size_);
    return bytes_.get();
  }
  std::span<const uint8_t> Read(DWORD count) const { return {bytes_.get(), std::min(count, size_)}; }

 private:
  const DWORD size_;
  std::unique_ptr<BYTE[]> bytes_;
};

// Each one what one side of the DLL has: the instance and its status, what publishes, what reads.
void ExportDistributionCalls(Napi::Env env, Napi::Object exports);
void ExportDistributionServerCalls(Napi::Env env, Napi::Object exports);
void ExportDistributionClientCalls(Napi::Env env, Napi::Object exports);

}  // namespace winpeer

#endif  // WINPEER_CALLS_PEER_DIST_H_

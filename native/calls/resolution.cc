#include "resolution.h"

#include <new>
#include <system_error>
#include <utility>

#include "../marshal/pnrp-info.h"

namespace winpeer {

Resolution::Resolution(const Functions& functions, std::shared_ptr<Handle> session, std::shared_ptr<EventThread> events,
                       std::shared_ptr<PendingCalls::Listener> listener)
    : functions_(functions), session_(std::move(session)), events_(std::move(events)), listener_(std::move(listener)) {}

Resolution::~Resolution() {
  End();
  if (event_ != nullptr) CloseHandle(event_);
}

HRESULT Resolution::Start(PCWSTR peer_name, PCWSTR cloud_name, ULONG maximum) {
  event_ = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  if (event_ == nullptr) return HRESULT_FROM_WIN32(GetLastError());
  sdk::HRESOLUTION value = nullptr;
  const HRESULT result = functions_.start(peer_name, cloud_name, maximum, event_, &value);
  if (IsFailure(result)) return result;
  value_ = value;
  try {
    events_->Watch(event_, [this] { return TakeEndpoints(); });
  } catch (const std::system_error&) {
    return HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES);
  }
  return result;
}

HRESULT Resolution::End() {
  if (value_ == nullptr) return S_OK;
  // The event thread may be taking endpoints.
  events_->Forget(event_);
  return functions_.end(std::exchange(value_, nullptr));
}

bool Resolution::TakeEndpoints() {
  while (true) {
    Outcome outcome = Outcome::Failure(E_OUTOFMEMORY);
    try {
      PeerData<sdk::PEER_PNRP_ENDPOINT_INFO> endpoint(functions_.free);
      const HRESULT result = functions_.get_endpoint(value_, endpoint.out());
      if (IsFailure(result)) {
        outcome = Outcome::Failure(result);
      } else if (endpoint.get() == nullptr) {
        outcome = Outcome::Failure(E_UNEXPECTED);
      } else {
        outcome = Outcome::Value(CopyEndpoint(*endpoint.get()));
      }
    } catch (const std::bad_alloc&) {
      // As Windows says it.
    }
    const bool more = !IsFailure(outcome.result);
    listener_->Tell(std::move(outcome));
    if (!more) return false;
  }
}

}  // namespace winpeer

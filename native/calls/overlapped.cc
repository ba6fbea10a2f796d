#include "overlapped.h"

#include <new>
#include <system_error>
#include <utility>

namespace winpeer {

Overlapped::~Overlapped() {
  if (event_ != nullptr) CloseHandle(event_);
}

bool Overlapped::Claim(const std::shared_ptr<Strand>& strand) {
  if (claimed_by_ != nullptr) return false;
  claimed_by_ = strand;
  return true;
}

DWORD Overlapped::Start(uint64_t offset, const Begin& begin, Ended ended) {
  event_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  if (event_ == nullptr) return GetLastError();
  data_.Offset = static_cast<DWORD>(offset);
  data_.OffsetHigh = static_cast<DWORD>(offset >> 32);
  data_.hEvent = event_;
  try {
    // Before the call: afterwards nobody could do without, and Windows may be done before the call returns.
    events_->Watch(event_, [self = shared_from_this(), ended = std::move(ended)] {
      ended(self->Result());
      return false;
    });
  } catch (const std::system_error&) {
    return ERROR_NO_SYSTEM_RESOURCES;
  }
  DWORD code = ERROR_NOT_ENOUGH_MEMORY;
  try {
    code = begin(&data_);
  } catch (const std::bad_alloc&) {
    // Of a buffer.
  }
  // PeerDistRegisterForStatusChangeNotificationEx's page has ERROR_SUCCESS in the place of ERROR_IO_PENDING.
  if (code == ERROR_SUCCESS) return ERROR_IO_PENDING;
  if (code != ERROR_IO_PENDING) events_->Forget(event_);
  return code;
}

Overlapped::End Overlapped::Result() {
  DWORD bytes = 0;
  const DWORD code = get_result_(&data_, &bytes, FALSE) ? ERROR_SUCCESS : GetLastError();
  return {code, bytes, static_cast<uint64_t>(data_.OffsetHigh) << 32 | data_.Offset};
}

}  // namespace winpeer

#include "event-thread.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

namespace winpeer {

EventThread::EventThread() : changed_(CreateEventW(nullptr, FALSE, FALSE, nullptr)) {}

EventThread::~EventThread() {
  if (changed_ != nullptr) CloseHandle(changed_);
}

void EventThread::Watch(HANDLE event, Signalled signalled) {
  const std::lock_guard lock(mutex_);
  if (changed_ == nullptr) throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  if (watched_.size() == MAXIMUM_WAIT_OBJECTS - 1) {
    if (next_ == nullptr) next_ = std::make_shared<EventThread>();
    return next_->Watch(event, std::move(signalled));
  }
  if (!running_) {
    // Under the lock that it takes first, so that it can't end before it is detached: winpthreads does not bear that.
    std::thread([self = shared_from_this()] { self->RunThread(); }).detach();
    running_ = true;
  }
  watched_.push_back({event, std::make_shared<Signalled>(std::move(signalled))});
  SetEvent(changed_);
}

void EventThread::Forget(HANDLE event) {
  std::unique_lock lock(mutex_);
  if (next_ != nullptr) next_->Forget(event);
  if (const auto known = Find(event); known != watched_.end()) watched_.erase(known);
  if (std::find(in_use_.begin(), in_use_.end(), event) == in_use_.end()) return;
  SetEvent(changed_);
  released_.wait(lock, [&] { return std::find(in_use_.begin(), in_use_.end(), event) == in_use_.end(); });
}

void EventThread::RunThread() {
  std::unique_lock lock(mutex_);
  while (!watched_.empty()) {
    in_use_.assign(1, changed_);
    for (const Watched& it : watched_) in_use_.push_back(it.event);
    const std::vector<HANDLE> events = in_use_;
    lock.unlock();
    const DWORD signal = WaitForMultipleObjects(static_cast<DWORD>(events.size()), events.data(), FALSE, INFINITE);
    lock.lock();
    const HANDLE event = signal < events.size() ? events[signal] : changed_;
    in_use_.assign(1, event);
    released_.notify_all();
    if (const auto known = Find(event); known != watched_.end()) {
      const std::shared_ptr<Signalled> signalled = known->signalled;
      lock.unlock();
      const bool more = (*signalled)();
      lock.lock();
      if (const auto answered = Find(event); answered != watched_.end()) {
        if (!more) {
          watched_.erase(answered);
        } else {
          // Windows tells of the first of several: whoever had its turn goes to the end.
          std::rotate(answered, answered + 1, watched_.end());
        }
      }
    }
    in_use_.clear();
    released_.notify_all();
  }
  running_ = false;
}

EventThread::Events::iterator EventThread::Find(HANDLE event) {
  return std::find_if(watched_.begin(), watched_.end(), [=](const Watched& it) { return it.event == event; });
}

}  // namespace winpeer

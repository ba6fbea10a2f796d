#include "call-pool.h"

#include <system_error>
#include <thread>
#include <utility>

namespace winpeer {

void CallPool::Post(const std::shared_ptr<Strand>& strand, Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (ready_.size() >= idle_ && threads_ < kThreads && !strand->scheduled_) {
      try {
        // Under the lock that it takes first, so that it can't end before it is detached: winpthreads does not bear
        // that.
        std::thread([self = shared_from_this()] { self->RunThread(); }).detach();
        threads_++;
      } catch (const std::system_error&) {
        if (threads_ == 0) throw;
      }
    }
    strand->tasks_.push_back(std::move(task));
    if (strand->scheduled_) return;
    ready_.push_back(strand);
    strand->scheduled_ = true;
  }
  work_.notify_one();
}

void CallPool::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  work_.notify_all();
}

void CallPool::RunThread() {
  std::unique_lock lock(mutex_);
  while (true) {
    idle_++;
    work_.wait(lock, [this] { return closed_ || !ready_.empty(); });
    idle_--;
    if (ready_.empty()) break;
    const std::shared_ptr<Strand> strand = std::move(ready_.front());
    ready_.pop_front();
    Task task = std::move(strand->tasks_.front());
    strand->tasks_.pop_front();
    lock.unlock();
    task();
    // What the task owns is released outside the lock: that may be a call of Windows too.
    task = nullptr;
    lock.lock();
    strand->scheduled_ = !strand->tasks_.empty();
    if (strand->scheduled_) ready_.push_back(strand);
  }
  threads_--;
}

}  // namespace winpeer

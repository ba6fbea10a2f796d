#ifndef WINPEER_RUNTIME_CALL_POOL_H_
#define WINPEER_RUNTIME_CALL_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace winpeer {

using Task = std::function<void()>;

// Tasks that run one after the other, in the order in which they were posted: the calls on one handle. Handles are not
// documented as fit for several threads at once.
class Strand {
 private:
  friend class CallPool;
  std::deque<Task> tasks_;
  bool scheduled_ = false;
};

// An environment's own threads for calls that block: libuv has four for the whole process, and a few waiting calls
// there would stall its file I/O. Threads start on demand. They are detached and share the ownership of the pool, since
// a call that Windows does not return from must keep neither a worker nor the process from ending.
class CallPool : public std::enable_shared_from_this<CallPool> {
 public:
  static constexpr size_t kThreads = 32;

  // Throws std::system_error where not even one thread can be had; the task is dropped then.
  void Post(const std::shared_ptr<Strand>& strand, Task task);
  // What was posted still runs; then the threads end.
  void Close();

 private:
  void RunThread();

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::shared_ptr<Strand>> ready_;
  size_t threads_ = 0;
  size_t idle_ = 0;
  bool closed_ = false;
};

}  // namespace winpeer

#endif  // WINPEER_RUNTIME_CALL_POOL_H_

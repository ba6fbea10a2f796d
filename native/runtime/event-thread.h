#ifndef WINPEER_RUNTIME_EVENT_THREAD_H_
#define WINPEER_RUNTIME_EVENT_THREAD_H_

#include <windows.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace winpeer {

// An environment's thread that waits for the events that Windows sets. It runs while there are some, detached as the
// pool's are. Windows waits for 64 at once: beyond them another such thread takes over.
class EventThread : public std::enable_shared_from_this<EventThread> {
 public:
  // What a signal is answered with, on the thread, by short calls; false where no more signals matter.
  using Signalled = std::function<bool()>;

  EventThread();
  ~EventThread();
  EventThread(const EventThread&) = delete;
  EventThread& operator=(const EventThread&) = delete;

  // Throws std::system_error where no thread can be had.
  void Watch(HANDLE event, Signalled signalled);
  // Afterwards the event can be closed, and what `signalled` uses. Never from within one.
  void Forget(HANDLE event);

 private:
  struct Watched {
    HANDLE event;
    std::shared_ptr<Signalled> signalled;
  };
  using Events = std::vector<Watched>;

  void RunThread();
  Events::iterator Find(HANDLE event);

  std::mutex mutex_;
  std::condition_variable released_;
  // Wakes the thread to look at what it watches.
  const HANDLE changed_;
  Events watched_;
  // What the thread waits for, or the one whose signal it answers.
  std::vector<HANDLE> in_use_;
  bool running_ = false;
  std::shared_ptr<EventThread> next_;
};

}  // namespace winpeer

#endif  // WINPEER_RUNTIME_EVENT_THREAD_H_

#ifndef WINPEER_RUNTIME_PENDING_CALLS_H_
#define WINPEER_RUNTIME_PENDING_CALLS_H_

#include <napi.h>
#include <windows.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "call-pool.h"
#include "windows-error.h"

namespace winpeer {

// What a call brought: a failure, or C++ values and how JavaScript sees them. It owns what it brings, so that whoever
// drops it has freed it; nothing in it belongs to Windows' allocator.
struct Outcome {
  using ToJs = std::function<Napi::Value(Napi::Env)>;

  static Outcome Failure(HRESULT result) { return {result, nullptr}; }
  static Outcome Value(ToJs to_js) { return {S_OK, std::move(to_js)}; }
  static Outcome Nothing() {
    return Value([](Napi::Env env) { return env.Undefined(); });
  }
  // Of a function that answers nothing but its result.
  static Outcome Plain(HRESULT result) { return IsFailure(result) ? Failure(result) : Nothing(); }

  // Whatever the number: a Win32 code may be any but 0.
  bool failed() const { return to_js == nullptr && result != S_OK; }

  HRESULT result;
  ToJs to_js;
};

// The calls of one environment that JavaScript waits for, and the functions that it listens with. Used on its thread
// alone, but for the Mailbox.
class PendingCalls {
  struct Mailbox;

 public:
  using Work = std::function<Outcome()>;
  // Says on any thread, once, what a call brought.
  using Answer = std::function<void(Outcome)>;
  using Begin = std::function<void(const Answer& answer)>;

  // The way to a JavaScript function, which is let go with it. For any thread.
  class Listener {
   public:
    Listener(std::shared_ptr<Mailbox> mailbox, uint64_t id) : mailbox_(std::move(mailbox)), id_(id) {}
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Has the function called with (error | null, value).
    void Tell(Outcome outcome) const;

   private:
    const std::shared_ptr<Mailbox> mailbox_;
    const uint64_t id_;
  };

  PendingCalls(Napi::Env env, std::shared_ptr<CallPool> pool);
  PendingCalls(const PendingCalls&) = delete;
  PendingCalls& operator=(const PendingCalls&) = delete;

  // Runs `work` on a thread of the pool, after everything that was started on the same strand before.
  Napi::Value Start(Napi::Env env, const char* operation, const std::shared_ptr<Strand>& strand, Work work) {
    return Start(env, operation, *pool_, strand, std::move(work));
  }
  // The same on another pool, of whoever waits long.
  Napi::Value Start(Napi::Env env, const char* operation, CallPool& pool, const std::shared_ptr<Strand>& strand,
                    Work work);
  // The same for a call that goes on after the thread has let go of it.
  Napi::Value StartLasting(Napi::Env env, const char* operation, const std::shared_ptr<Strand>& strand, Begin begin) {
    return StartLasting(env, operation, *pool_, strand, std::move(begin));
  }
  // Rejects the promise that Start gave with `reason`. A call that has not begun never does; what one that has begun
  // brings is freed by its thread. False where the promise is none that waits.
  bool Abandon(Napi::Value promise, Napi::Value reason);
  // `operation` is what a failure is one of.
  std::shared_ptr<Listener> Listen(const char* operation, const Napi::Function& function);
  // Whether something that is open keeps the process alive beside the calls; each true is to be taken back.
  void Hold(Napi::Env env, bool alive);
  // The environment ends: abandons all, and settles nothing any more.
  void Close();

 private:
  // Outcomes on their way to JavaScript's thread. Closed, it takes none: the thread that comes with one drops it.
  struct Mailbox {
    std::mutex mutex;
    std::vector<std::pair<uint64_t, Outcome>> arrived;
    napi_threadsafe_function bell = nullptr;
    bool closed = false;
  };

  struct Pending {
    const char* operation;
    Napi::Promise::Deferred deferred;
    Napi::ObjectReference promise;
    std::shared_ptr<std::atomic<bool>> abandoned;
  };

  struct Listening {
    const char* operation;
    Napi::FunctionReference function;
  };

  Napi::Value StartLasting(Napi::Env env, const char* operation, CallPool& pool, const std::shared_ptr<Strand>& strand,
                           Begin begin);
  static void Ring(napi_env env, napi_value callback, void* context, void* data);
  static void Deliver(Mailbox& mailbox, uint64_t id, Outcome outcome);
  void Collect(Napi::Env env);
  // Whether JavaScript has what the call brought.
  bool Settle(Napi::Env env, const Pending& call, const Outcome& outcome);
  // Releasing what an outcome owns may be a call of Windows, and so none for JavaScript's thread.
  void Drop(Outcome outcome);
  void Forget(Napi::Env env, std::map<uint64_t, Pending>::iterator call);
  static void Call(Napi::Env env, const Listening& listening, const Outcome& outcome);
  // Lets the process end where nothing is waited for, or keeps it from that.
  void HoldBell(Napi::Env env);

  std::shared_ptr<CallPool> pool_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::map<uint64_t, Pending> pending_;
  std::map<uint64_t, Listening> listening_;
  uint64_t next_ = 0;
  int holds_ = 0;
};

}  // namespace winpeer

#endif  // WINPEER_RUNTIME_PENDING_CALLS_H_

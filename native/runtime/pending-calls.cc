#include "pending-calls.h"

#include <new>
#include <system_error>
#include <utility>

namespace winpeer {

PendingCalls::PendingCalls(Napi::Env env, std::shared_ptr<CallPool> pool) : pool_(std::move(pool)) {
  napi_threadsafe_function bell = nullptr;
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "winpeer"),
                                                             0, 1, nullptr, nullptr, this, Ring, &bell);
  NAPI_THROW_IF_FAILED_VOID(env, status);
  mailbox_->bell = bell;
  HoldBell(env);
}

PendingCalls::Listener::~Listener() {
  // Neither a failure nor a value: the last that comes.
  Deliver(*mailbox_, id_, {S_OK, nullptr});
}

void PendingCalls::Listener::Tell(Outcome outcome) const {
  Deliver(*mailbox_, id_, std::move(outcome));
}

std::shared_ptr<PendingCalls::Listener> PendingCalls::Listen(const char* operation, const Napi::Function& function) {
  const uint64_t id = next_++;
  listening_.emplace(id, Listening{operation, Napi::Persistent(function)});
  return std::make_shared<Listener>(mailbox_, id);
}

void PendingCalls::Hold(Napi::Env env, bool alive) {
  holds_ += alive ? 1 : -1;
  HoldBell(env);
}

Napi::Value PendingCalls::Start(Napi::Env env, const char* operation, CallPool& pool,
                                const std::shared_ptr<Strand>& strand, Work work) {
  return StartLasting(env, operation, pool, strand, [work = std::move(work)](const Answer& answer) { answer(work()); });
}

Napi::Value PendingCalls::StartLasting(Napi::Env env, const char* operation, CallPool& pool,
                                       const std::shared_ptr<Strand>& strand, Begin begin) {
  const uint64_t id = next_++;
  auto abandoned = std::make_shared<std::atomic<bool>>(false);
  const auto deferred = Napi::Promise::Deferred::New(env);
  const Napi::Promise promise = deferred.Promise();
  const Answer answer = [id, abandoned, mailbox = mailbox_](Outcome outcome) {
    if (!*abandoned) Deliver(*mailbox, id, std::move(outcome));
  };
  Task task = [abandoned, answer, begin = std::move(begin)] {
    if (*abandoned) return;
    try {
      begin(answer);
    } catch (const std::exception&) {
      // What the library throws there is that no memory is left, or that a length is beyond it. As Windows says it.
      answer(Outcome::Failure(E_OUTOFMEMORY));
    }
  };
  const auto call =
      pending_.emplace(id, Pending{operation, deferred, Napi::Persistent(promise.As<Napi::Object>()), abandoned}).first;
  HoldBell(env);
  try {
    pool.Post(strand, std::move(task));
  } catch (const std::system_error& error) {
    Forget(env, call);
    throw WindowsError(env, operation, HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES));
  }
  return promise;
}

bool PendingCalls::Abandon(Napi::Value promise, Napi::Value reason) {
  for (auto call = pending_.begin(); call != pending_.end(); ++call) {
    if (!call->second.promise.Value().StrictEquals(promise)) continue;
    *call->second.abandoned = true;
    call->second.deferred.Reject(reason);
    Forget(promise.Env(), call);
    return true;
  }
  return false;
}

void PendingCalls::Close() {
  for (const auto& [id, call] : pending_) *call.abandoned = true;
  std::vector<std::pair<uint64_t, Outcome>> unread;
  {
    const std::lock_guard lock(mailbox_->mutex);
    mailbox_->closed = true;
    unread.swap(mailbox_->arrived);
    napi_release_threadsafe_function(mailbox_->bell, napi_tsfn_abort);
  }
  for (auto& [id, outcome] : unread) Drop(std::move(outcome));
  pending_.clear();
  listening_.clear();
}

void PendingCalls::Ring(napi_env env, napi_value, void* context, void*) {
  // Without environment it is the last emptying of a queue that nobody reads any more.
  if (env == nullptr) return;
  try {
    static_cast<PendingCalls*>(context)->Collect(env);
  } catch (const Napi::Error&) {
    // A worker that is being terminated takes no answers.
  }
}

void PendingCalls::Deliver(Mailbox& mailbox, uint64_t id, Outcome outcome) {
  const std::lock_guard lock(mailbox.mutex);
  if (mailbox.closed) return;
  mailbox.arrived.emplace_back(id, std::move(outcome));
  // Under the lock, because Close() lets the function go under it.
  napi_call_threadsafe_function(mailbox.bell, nullptr, napi_tsfn_nonblocking);
}

void PendingCalls::Collect(Napi::Env env) {
  std::vector<std::pair<uint64_t, Outcome>> arrived;
  {
    const std::lock_guard lock(mailbox_->mutex);
    arrived.swap(mailbox_->arrived);
  }
  for (auto& [id, outcome] : arrived) {
    if (const auto told = listening_.find(id); told != listening_.end()) {
      const bool last = !outcome.failed() && outcome.to_js == nullptr;
      if (last)
        listening_.erase(told);
      else
        Call(env, told->second, outcome);
      continue;
    }
    const auto call = pending_.find(id);
    const bool taken = call != pending_.end() && Settle(env, call->second, outcome);
    if (call != pending_.end()) Forget(env, call);
    if (!taken) Drop(std::move(outcome));
  }
}

bool PendingCalls::Settle(Napi::Env env, const Pending& call, const Outcome& outcome) {
  const Napi::HandleScope scope(env);
  try {
    if (outcome.failed()) {
      call.deferred.Reject(WindowsError(env, call.operation, outcome.result).Value());
    } else {
      call.deferred.Resolve(outcome.to_js(env));
    }
    return true;
  } catch (const Napi::Error& error) {
    call.deferred.Reject(error.Value());
    return false;
  }
}

void PendingCalls::Drop(Outcome outcome) {
  try {
    pool_->Post(std::make_shared<Strand>(), [dropped = std::move(outcome)] {});
  } catch (const std::system_error&) {
    // No thread is to be had: it was released here.
  }
}

void PendingCalls::Forget(Napi::Env env, std::map<uint64_t, Pending>::iterator call) {
  pending_.erase(call);
  HoldBell(env);
}

void PendingCalls::Call(Napi::Env env, const Listening& listening, const Outcome& outcome) {
  const Napi::HandleScope scope(env);
  try {
    const bool failed = outcome.failed();
    const Napi::Value error = failed ? WindowsError(env, listening.operation, outcome.result).Value() : env.Null();
    listening.function.Value().Call({error, failed ? env.Undefined() : outcome.to_js(env)});
  } catch (const Napi::Error& error) {
    // As what any callback throws. A worker that is being terminated has no use for it.
    napi_fatal_exception(env, error.Value());
  }
}

void PendingCalls::HoldBell(Napi::Env env) {
  if (pending_.empty() && holds_ == 0) {
    napi_unref_threadsafe_function(env, mailbox_->bell);
  } else {
    napi_ref_threadsafe_function(env, mailbox_->bell);
  }
}

}  // namespace winpeer

#ifndef WINPEER_CALLS_LOOKUP_H_
#define WINPEER_CALLS_LOOKUP_H_

#include <napi.h>

#include <memory>
#include <mutex>

#include "../runtime/call-pool.h"
#include "../runtime/handle.h"
#include "winsock.h"

namespace winpeer {

// A query that WSALookupServiceBeginW began. It is there for as long as a call waits for it, and may end meanwhile:
// that is how Windows has a waiting call cancelled.
class Query {
 public:
  Query(HANDLE value, std::shared_ptr<Winsock> winsock, decltype(::WSALookupServiceEnd)* end);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Null once it has ended.
  HANDLE value() const;
  // The code that WSALookupServiceEnd failed with, else S_OK, as it is where the query had ended already.
  HRESULT End();
  // Asks for one notice and waits for it, or for the end. Called by one thread at a time.
  HRESULT AwaitNotice(decltype(::WSANSPIoctl)* ioctl, DWORD control_code);

 private:
  mutable std::mutex mutex_;
  HANDLE value_;
  const std::shared_ptr<Winsock> winsock_;
  decltype(::WSALookupServiceEnd)* const end_;
  const HANDLE ended_;
  const HANDLE noticed_;
  // Windows may write to it until the query has ended.
  WSAOVERLAPPED notice_{};
};

// The handle of a query. What waits on it has threads of its own, or else such calls could take all threads there are,
// and what ends them would wait for one.
class Lookup final : public Handle {
 public:
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f21};
  static constexpr const char* kName = "lookup";

  explicit Lookup(std::shared_ptr<Query> query) : query_(std::move(query)) {}
  ~Lookup() override {
    query_->End();
    waiting_->Close();
  }

  // Calls that wait hold the query alone: a handle that nobody has any more ends them.
  const std::shared_ptr<Query>& query() const { return query_; }
  const std::shared_ptr<CallPool>& waiting() const { return waiting_; }
  const std::shared_ptr<Strand>& results() const { return results_; }
  const std::shared_ptr<Strand>& notices() const { return notices_; }

 private:
  const std::shared_ptr<Query> query_;
  const std::shared_ptr<CallPool> waiting_ = std::make_shared<CallPool>();
  const std::shared_ptr<Strand> results_ = std::make_shared<Strand>();
  const std::shared_ptr<Strand> notices_ = std::make_shared<Strand>();
};

void ExportLookupCalls(Napi::Env env, Napi::Object exports);

}  // namespace winpeer

#endif  // WINPEER_CALLS_LOOKUP_H_

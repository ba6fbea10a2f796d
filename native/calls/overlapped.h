#ifndef WINPEER_CALLS_OVERLAPPED_H_
#define WINPEER_CALLS_OVERLAPPED_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "../runtime/handle.h"
#include "../sdk/peerdist.h"

namespace winpeer {

// The OVERLAPPED of one call of peerdist.dll that goes on after it has returned, and the event that Windows sets at its
// end. From the call to its end both are Windows' to write to, and so they live until then, whoever lets go.
class Overlapped final : public Handle, public std::enable_shared_from_this<Overlapped> {
 public:
  static constexpr napi_type_tag kTag = {0x0d1fe5a9c2f64e6b, 0x9a0b7c53e18d4f30};
  static constexpr const char* kName = "overlapped";

  struct End {
    DWORD code;
    DWORD bytes;
    uint64_t offset;
  };
  using Begin = std::function<DWORD(OVERLAPPED* overlapped)>;
  using Ended = std::function<void(const End& end)>;

  Overlapped(std::shared_ptr<EventThread> events, sdk::PeerDistGetOverlappedResult* get_result)
      : events_(std::move(events)), get_result_(get_result) {}
  ~Overlapped() override;

  // For one call alone: whether it is the first to ask. On JavaScript's thread.
  bool Claim(const std::shared_ptr<Strand>& strand);
  // Where what cancels the call comes after it.
  const std::shared_ptr<Strand>& strand_of_call() const { return claimed_by_ == nullptr ? strand() : claimed_by_; }

  // What `begin` answers, or why it was not asked. After ERROR_IO_PENDING the event thread calls `ended`, and lets go
  // of it; it may have done so before this returns.
  DWORD Start(uint64_t offset, const Begin& begin, Ended ended);

  OVERLAPPED* data() { return &data_; }

 private:
  End Result();

  const std::shared_ptr<EventThread> events_;
  sdk::PeerDistGetOverlappedResult* const get_result_;
  std::shared_ptr<Strand> claimed_by_;
  HANDLE event_ = nullptr;
  OVERLAPPED data_{};
};

}  // namespace winpeer

#endif  // WINPEER_CALLS_OVERLAPPED_H_

#ifndef WINPEER_CALLS_RESOLUTION_H_
#define WINPEER_CALLS_RESOLUTION_H_

#include <memory>

#include "../sdk/pnrp.h"
#include "p2p.h"

namespace winpeer {

// HRESOLUTION, with the event that Windows sets for each endpoint and for the end. The environment's event thread takes
// the endpoints and tells the listener; the failure that no endpoint follows is the last that it hears.
class Resolution final : public Handle {
 public:
  static constexpr napi_type_tag kTag = {0x5b1c0f3d9e7a4c28, 0x8f64d2e10a9b3c75};
  static constexpr const char* kName = "resolution";

  struct Functions {
    sdk::PeerPnrpStartResolve* start;
    sdk::PeerPnrpGetEndpoint* get_endpoint;
    sdk::PeerPnrpEndResolve* end;
    sdk::PeerFreeData* free;
  };

  // `session` outlasts the resolution.
  Resolution(const Functions& functions, std::shared_ptr<Handle> session, std::shared_ptr<EventThread> events,
             std::shared_ptr<PendingCalls::Listener> listener);
  // Never on the event thread, since it ends what runs.
  ~Resolution() override;

  // Once.
  HRESULT Start(PCWSTR peer_name, PCWSTR cloud_name, ULONG maximum);
  // Also after a failure; again it is nothing.
  HRESULT End();

 private:
  // On the event thread: whether the search goes on.
  bool TakeEndpoints();

  const Functions functions_;
  const std::shared_ptr<Handle> session_;
  const std::shared_ptr<EventThread> events_;
  const std::shared_ptr<PendingCalls::Listener> listener_;
  HANDLE event_ = nullptr;
  sdk::HRESOLUTION value_ = nullptr;
};

}  // namespace winpeer

#endif  // WINPEER_CALLS_RESOLUTION_H_

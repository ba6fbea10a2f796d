#ifndef WINPEER_RUNTIME_HANDLE_H_
#define WINPEER_RUNTIME_HANDLE_H_

#include <napi.h>

#include <memory>

#include "call-pool.h"
#include "environment.h"

namespace winpeer {

// One handle of Windows. Its class says which kind it is, and releases it when its last owner lets go: the JavaScript
// object, or a call that is under way.
class Handle {
 public:
  virtual ~Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  // The calls on it, in order.
  const std::shared_ptr<Strand>& strand() const { return strand_; }

 protected:
  Handle() = default;

 private:
  std::shared_ptr<Strand> strand_ = std::make_shared<Strand>();
};

// What JavaScript holds in its place: an object that nobody can make up, tagged with its kind. Collected or left over
// at the end of its environment, it releases the handle on a thread of the pool.
Napi::Value WrapHandle(Napi::Env env, const napi_type_tag& kind, std::shared_ptr<Handle> handle);

// A TypeError for anything but an object of that kind, E_HANDLE for a closed one.
std::shared_ptr<Handle> UnwrapHandle(const Napi::Value& value, const napi_type_tag& kind, const char* name,
                                     const char* operation);

// Every later use is E_HANDLE.
void CloseHandleObject(const Napi::Value& value);

// A kind of handle has `static constexpr napi_type_tag kTag` and `static constexpr const char* kName`.
template <class Kind>
Napi::Value ToJs(Napi::Env env, const std::shared_ptr<Kind>& handle) {
  return WrapHandle(env, Kind::kTag, handle);
}

template <class Kind>
std::shared_ptr<Kind> HandleOf(const Napi::Value& value, const char* operation) {
  return std::static_pointer_cast<Kind>(UnwrapHandle(value, Kind::kTag, Kind::kName, operation));
}

// For the call that ends the handle.
template <class Kind>
std::shared_ptr<Kind> TakeHandle(const Napi::Value& value, const char* operation) {
  auto handle = HandleOf<Kind>(value, operation);
  CloseHandleObject(value);
  return handle;
}

}  // namespace winpeer

#endif  // WINPEER_RUNTIME_HANDLE_H_

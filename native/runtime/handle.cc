#include "handle.h"

#include <system_error>
#include <utility>

#include "windows-error.h"

namespace winpeer {

namespace {

struct Slot {
  std::shared_ptr<Handle> handle;
  std::shared_ptr<CallPool> pool;
};

void Collected(napi_env, void* data, void*) {
  const std::unique_ptr<Slot> slot(static_cast<Slot*>(data));
  if (slot->handle == nullptr) return;
  const std::shared_ptr<Strand> strand = slot->handle->strand();
  try {
    slot->pool->Post(strand, [dropped = std::move(slot->handle)] {});
  } catch (const std::system_error&) {
    // No thread is to be had: it has been released on this one.
  }
}

Slot& SlotOf(const Napi::Value& value) {
  void* data = nullptr;
  const napi_status status = napi_unwrap(value.Env(), value, &data);
  if (status != napi_ok) throw Napi::Error::New(value.Env());
  return *static_cast<Slot*>(data);
}

}  // namespace

Napi::Value WrapHandle(Napi::Env env, const napi_type_tag& kind, std::shared_ptr<Handle> handle) {
  const Napi::Object object = Napi::Object::New(env);
  auto slot = std::make_unique<Slot>(Slot{std::move(handle), Environment::Of(env).pool()});
  const napi_status status = napi_wrap(env, object, slot.get(), Collected, nullptr, nullptr);
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  slot.release();
  object.TypeTag(&kind);
  return object;
}

std::shared_ptr<Handle> UnwrapHandle(const Napi::Value& value, const napi_type_tag& kind, const char* name,
                                     const char* operation) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kind))
    throw InvalidArgument(value.Env(), name, "an open handle of its kind");
  const Slot& slot = SlotOf(value);
  if (slot.handle == nullptr) throw WindowsError(value.Env(), operation, E_HANDLE);
  return slot.handle;
}

void CloseHandleObject(const Napi::Value& value) {
  SlotOf(value).handle = nullptr;
}

}  // namespace winpeer

// Peer distribution: what reads contents from peers.
#include <cstring>

#include "peer-dist.h"

namespace winpeer {

namespace {

sdk::PEERDIST_CONTENT_TAG ToTag(const Napi::Value& value) {
  const auto bytes = ToBytes(value, "tag");
  sdk::PEERDIST_CONTENT_TAG tag;
  if (bytes.size() != sizeof tag.Data) throw InvalidArgument(value.Env(), "tag", "16 bytes");
  std::memcpy(tag.Data, bytes.data(), sizeof tag.Data);
  return tag;
}

// Where it can't be had from peers, the OVERLAPPED says the range as well: { status: number, offset: bigint,
// length: number, bytes: Uint8Array }
Outcome ReadOutcome(const Overlapped::End& end, const std::shared_ptr<ReadBuffer>& buffer) {
  if (end.code != ERROR_SUCCESS && end.code != sdk::kMissingData && end.code != ERROR_TIMEOUT)
    return OutcomeOf(end.code);
  return Outcome::Value([=](Napi::Env env) {
    auto result = Napi::Object::New(env);
    result.Set("status", static_cast<uint32_t>(end.code));
    result.Set("offset", Napi::BigInt::New(env, end.offset));
    result.Set("length", static_cast<uint32_t>(end.bytes));
    result.Set("bytes", FromBytes(env, buffer->Read(end.code == ERROR_SUCCESS ? end.bytes : 0)));
    return result;
  });
}

template <class Call>
Napi::Value StartRead(Napi::Env env, const char* operation, const std::shared_ptr<Content>& content, uint64_t offset,
                      DWORD max, DWORD timeout, const Napi::Value& overlapped, Call* call) {
  const auto buffer = std::make_shared<ReadBuffer>(max);
  return StartOverlapped(
      env, operation, content, overlapped, offset,
      [=](sdk::PEERDIST_INSTANCE_HANDLE instance, HANDLE it, OVERLAPPED* data) {
        return call(instance, it, buffer->size(), buffer->Allocate(), timeout, data);
      },
      [buffer](const Overlapped::End& end) { return ReadOutcome(end, buffer); });
}

// PeerDistClientOpenContent(instance, tag: Uint8Array): Promise<Content>
Napi::Value PeerDistClientOpenContent(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistClientOpenContent);
  auto* const close = WINPEER_PEER_DIST(env, PeerDistClientCloseContent);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistClientOpenContent");
  const auto tag = ToTag(info[1]);
  return StartOpening<Content>(
      env, "PeerDistClientOpenContent", instance, close,
      [=](sdk::PEERDIST_INSTANCE_HANDLE it, HANDLE* content) { return call(it, &tag, nullptr, 0, content); });
}

// PeerDistClientCloseContent(content): Promise<void>
Napi::Value PeerDistClientCloseContent(const Napi::CallbackInfo& info) {
  const char* const operation = "PeerDistClientCloseContent";
  return StartClosing(info.Env(), operation, TakeHandle<Content>(info[0], operation));
}

// PeerDistClientAddContentInformation(content, bytes: Uint8Array, overlapped): Promise<void>
Napi::Value PeerDistClientAddContentInformation(const Napi::CallbackInfo& info) {
  const char* const operation = "PeerDistClientAddContentInformation";
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistClientAddContentInformation);
  const auto content = HandleOf<Content>(info[0], operation);
  return StartLending(info.Env(), operation, content, ToSharedBytes(info[1], "bytes"), info[2], 0, call);
}

// PeerDistClientCompleteContentInformation(content, overlapped): Promise<void>
Napi::Value PeerDistClientCompleteContentInformation(const Napi::CallbackInfo& info) {
  const char* const operation = "PeerDistClientCompleteContentInformation";
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistClientCompleteContentInformation);
  return StartOverlapped(info.Env(), operation, HandleOf<Content>(info[0], operation), info[1], 0, call, NothingBut);
}

// PeerDistClientAddData(content, offset: bigint, bytes: Uint8Array, overlapped): Promise<void>
Napi::Value PeerDistClientAddData(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistClientAddData);
  const auto content = HandleOf<Content>(info[0], "PeerDistClientAddData");
  const uint64_t offset = ToUint64(info[1], "offset");
  return StartLending(info.Env(), "PeerDistClientAddData", content, ToSharedBytes(info[2], "bytes"), info[3], offset,
                      call);
}

// PeerDistClientBlockRead(content, offset: bigint, max: number, timeout: number, overlapped): Promise<Read>
Napi::Value PeerDistClientBlockRead(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistClientBlockRead);
  const auto content = HandleOf<Content>(info[0], "PeerDistClientBlockRead");
  return StartRead(info.Env(), "PeerDistClientBlockRead", content, ToUint64(info[1], "offset"),
                   ToUint32(info[2], "max"), ToUint32(info[3], "timeout"), info[4], call);
}

// PeerDistClientStreamRead(content, max: number, timeout: number, overlapped): Promise<Read>
Napi::Value PeerDistClientStreamRead(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistClientStreamRead);
  const auto content = HandleOf<Content>(info[0], "PeerDistClientStreamRead");
  return StartRead(info.Env(), "PeerDistClientStreamRead", content, 0, ToUint32(info[1], "max"),
                   ToUint32(info[2], "timeout"), info[3], call);
}

// PeerDistClientFlushContent(instance, tag: Uint8Array, overlapped): Promise<void>
Napi::Value PeerDistClientFlushContent(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistClientFlushContent);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistClientFlushContent");
  return StartOverlapped(
      info.Env(), "PeerDistClientFlushContent", instance, info[2], 0,
      [call, tag = ToTag(info[1])](sdk::PEERDIST_INSTANCE_HANDLE it, OVERLAPPED* data) {
        return call(it, &tag, nullptr, 0, data);
      },
      NothingBut);
}

// PeerDistClientCancelAsyncOperation(content, overlapped: Overlapped | null): Promise<void>
Napi::Value PeerDistClientCancelAsyncOperation(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const char* const operation = "PeerDistClientCancelAsyncOperation";
  auto* const call = WINPEER_PEER_DIST(env, PeerDistClientCancelAsyncOperation);
  const auto content = HandleOf<Content>(info[0], operation);
  const auto overlapped = info[1].IsNull() ? nullptr : HandleOf<Overlapped>(info[1], operation);
  return Environment::Of(env).Start(env, operation, content->strand(), [=] {
    return OutcomeOf(content->With([&](sdk::PEERDIST_INSTANCE_HANDLE instance, HANDLE it) {
      return call(instance, it, overlapped == nullptr ? nullptr : overlapped->data());
    }));
  });
}

// PeerDistClientGetInformationByHandle(content): Promise<{ flashCrowd: boolean }>; PeerDistClientBasicInfo is all there
// is.
Napi::Value PeerDistClientGetInformationByHandle(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const char* const operation = "PeerDistClientGetInformationByHandle";
  auto* const call = WINPEER_PEER_DIST(env, PeerDistClientGetInformationByHandle);
  const auto content = HandleOf<Content>(info[0], operation);
  return Environment::Of(env).Start(env, operation, content->strand(), [=] {
    sdk::PEERDIST_CLIENT_BASIC_INFO basic{};
    const DWORD code = content->With([&](sdk::PEERDIST_INSTANCE_HANDLE instance, HANDLE it) {
      return call(instance, it, sdk::PeerDistClientBasicInfo, sizeof basic, &basic);
    });
    if (code != ERROR_SUCCESS) return OutcomeOf(code);
    return Outcome::Value([basic](Napi::Env js) {
      auto result = Napi::Object::New(js);
      result.Set("flashCrowd", basic.fFlashCrowd != FALSE);
      return result;
    });
  });
}

}  // namespace

void ExportDistributionClientCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"PeerDistClientOpenContent", PeerDistClientOpenContent},
               {"PeerDistClientCloseContent", PeerDistClientCloseContent},
               {"PeerDistClientAddContentInformation", PeerDistClientAddContentInformation},
               {"PeerDistClientCompleteContentInformation", PeerDistClientCompleteContentInformation},
               {"PeerDistClientAddData", PeerDistClientAddData},
               {"PeerDistClientBlockRead", PeerDistClientBlockRead},
               {"PeerDistClientStreamRead", PeerDistClientStreamRead},
               {"PeerDistClientFlushContent", PeerDistClientFlushContent},
               {"PeerDistClientCancelAsyncOperation", PeerDistClientCancelAsyncOperation},
               {"PeerDistClientGetInformationByHandle", PeerDistClientGetInformationByHandle}});
}

}  // namespace winpeer

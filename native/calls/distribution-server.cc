// Peer distribution: what publishes contents and gives their content information.
#include "peer-dist.h"

namespace winpeer {

namespace {

// PeerDistServerPublishStream(instance, contentId: Uint8Array, length: bigint, version: number): Promise<Stream>
Napi::Value PeerDistServerPublishStream(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistServerPublishStream);
  auto* const close = WINPEER_PEER_DIST(env, PeerDistServerCloseStreamHandle);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistServerPublishStream");
  const Bytes id = ToSharedBytes(info[1], "contentId");
  const uint64_t length = ToUint64(info[2], "length");
  const sdk::PEERDIST_PUBLICATION_OPTIONS options{ToUint32(info[3], "version"), 0};
  return StartOpening<Stream>(
      env, "PeerDistServerPublishStream", instance, close, [=](sdk::PEERDIST_INSTANCE_HANDLE it, HANDLE* stream) {
        return call(it, static_cast<DWORD>(id->size()), id->data(), length, &options, nullptr, 0, stream);
      });
}

// PeerDistServerPublishAddToStream(stream, bytes: Uint8Array, overlapped): Promise<void>
Napi::Value PeerDistServerPublishAddToStream(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistServerPublishAddToStream);
  const auto stream = HandleOf<Stream>(info[0], "PeerDistServerPublishAddToStream");
  return StartLending(info.Env(), "PeerDistServerPublishAddToStream", stream, ToSharedBytes(info[1], "bytes"), info[2],
                      0, call);
}

// PeerDistServerPublishCompleteStream(stream, overlapped): Promise<void>
Napi::Value PeerDistServerPublishCompleteStream(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistServerPublishCompleteStream);
  const auto stream = HandleOf<Stream>(info[0], "PeerDistServerPublishCompleteStream");
  return StartOverlapped(info.Env(), "PeerDistServerPublishCompleteStream", stream, info[1], 0, call, NothingBut);
}

// PeerDistServerCloseStreamHandle(stream): Promise<void>
Napi::Value PeerDistServerCloseStreamHandle(const Napi::CallbackInfo& info) {
  const char* const operation = "PeerDistServerCloseStreamHandle";
  return StartClosing(info.Env(), operation, TakeHandle<Stream>(info[0], operation));
}

// PeerDistServerUnpublish(instance, contentId: Uint8Array): Promise<void>
Napi::Value PeerDistServerUnpublish(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistServerUnpublish);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistServerUnpublish");
  const Bytes id = ToSharedBytes(info[1], "contentId");
  return Environment::Of(env).Start(env, "PeerDistServerUnpublish", instance->strand(), [=] {
    return OutcomeOf(instance->With(
        [&](sdk::PEERDIST_INSTANCE_HANDLE it) { return call(it, static_cast<DWORD>(id->size()), id->data()); }));
  });
}

// PeerDistServerOpenContentInformation(instance, contentId: Uint8Array, offset: bigint, length: bigint):
// Promise<ContentInfo>
Napi::Value PeerDistServerOpenContentInformation(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistServerOpenContentInformation);
  auto* const close = WINPEER_PEER_DIST(env, PeerDistServerCloseContentInformation);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistServerOpenContentInformation");
  const Bytes id = ToSharedBytes(info[1], "contentId");
  const uint64_t offset = ToUint64(info[2], "offset");
  const uint64_t length = ToUint64(info[3], "length");
  return StartOpening<ContentInfo>(env, "PeerDistServerOpenContentInformation", instance, close,
                                   [=](sdk::PEERDIST_INSTANCE_HANDLE it, HANDLE* content_info) {
                                     return call(it, static_cast<DWORD>(id->size()), id->data(), offset, length,
                                                 nullptr, 0, content_info);
                                   });
}

// PeerDistServerOpenContentInformationEx(instance, contentId: Uint8Array, offset: bigint, length: bigint,
// minVersion: number, maxVersion: number): Promise<ContentInfo>
Napi::Value PeerDistServerOpenContentInformationEx(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto* const call = WINPEER_PEER_DIST(env, PeerDistServerOpenContentInformationEx);
  auto* const close = WINPEER_PEER_DIST(env, PeerDistServerCloseContentInformation);
  const auto instance = HandleOf<Instance>(info[0], "PeerDistServerOpenContentInformationEx");
  const Bytes id = ToSharedBytes(info[1], "contentId");
  const uint64_t offset = ToUint64(info[2], "offset");
  const uint64_t length = ToUint64(info[3], "length");
  const uint32_t min = ToUint32(info[4], "minVersion");
  const uint32_t max = ToUint32(info[5], "maxVersion");
  return StartOpening<ContentInfo>(env, "PeerDistServerOpenContentInformationEx", instance, close,
                                   [=](sdk::PEERDIST_INSTANCE_HANDLE it, HANDLE* content_info) {
                                     sdk::PEERDIST_RETRIEVAL_OPTIONS options{sizeof options, min, max, 0};
                                     return call(it, static_cast<DWORD>(id->size()), id->data(), offset, length,
                                                 &options, nullptr, 0, content_info);
                                   });
}

// PeerDistServerRetrieveContentInformation(contentInfo, max: number, overlapped): Promise<Uint8Array>
Napi::Value PeerDistServerRetrieveContentInformation(const Napi::CallbackInfo& info) {
  auto* const call = WINPEER_PEER_DIST(info.Env(), PeerDistServerRetrieveContentInformation);
  const auto content_info = HandleOf<ContentInfo>(info[0], "PeerDistServerRetrieveContentInformation");
  const auto buffer = std::make_shared<ReadBuffer>(ToUint32(info[1], "max"));
  return StartOverlapped(
      info.Env(), "PeerDistServerRetrieveContentInformation", content_info, info[2], 0,
      [=](sdk::PEERDIST_INSTANCE_HANDLE instance, HANDLE it, OVERLAPPED* overlapped) {
        return call(instance, it, buffer->size(), buffer->Allocate(), overlapped);
      },
      [=](const Overlapped::End& end) {
        if (end.code != ERROR_SUCCESS) return OutcomeOf(end.code);
        return Outcome::Value(
            [buffer, bytes = end.bytes](Napi::Env env) { return FromBytes(env, buffer->Read(bytes)); });
      });
}

// PeerDistServerCloseContentInformation(contentInfo): Promise<void>
Napi::Value PeerDistServerCloseContentInformation(const Napi::CallbackInfo& info) {
  const char* const operation = "PeerDistServerCloseContentInformation";
  return StartClosing(info.Env(), operation, TakeHandle<ContentInfo>(info[0], operation));
}

// PeerDistServerCancelAsyncOperation(instance, contentId: Uint8Array, overlapped): Promise<void>
Napi::Value PeerDistServerCancelAsyncOperation(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const char* const operation = "PeerDistServerCancelAsyncOperation";
  auto* const call = WINPEER_PEER_DIST(env, PeerDistServerCancelAsyncOperation);
  const auto instance = HandleOf<Instance>(info[0], operation);
  const Bytes id = ToSharedBytes(info[1], "contentId");
  const auto overlapped = HandleOf<Overlapped>(info[2], operation);
  return Environment::Of(env).Start(env, operation, overlapped->strand_of_call(), [=] {
    return OutcomeOf(instance->With([&](sdk::PEERDIST_INSTANCE_HANDLE it) {
      return call(it, static_cast<DWORD>(id->size()), id->data(), overlapped->data());
    }));
  });
}

}  // namespace

void ExportDistributionServerCalls(Napi::Env env, Napi::Object exports) {
  ExportCalls(env, exports,
              {{"PeerDistServerPublishStream", PeerDistServerPublishStream},
               {"PeerDistServerPublishAddToStream", PeerDistServerPublishAddToStream},
               {"PeerDistServerPublishCompleteStream", PeerDistServerPublishCompleteStream},
               {"PeerDistServerCloseStreamHandle", PeerDistServerCloseStreamHandle},
               {"PeerDistServerUnpublish", PeerDistServerUnpublish},
               {"PeerDistServerOpenContentInformation", PeerDistServerOpenContentInformation},
               {"PeerDistServerOpenContentInformationEx", PeerDistServerOpenContentInformationEx},
               {"PeerDistServerRetrieveContentInformation", PeerDistServerRetrieveContentInformation},
               {"PeerDistServerCloseContentInformation", PeerDistServerCloseContentInformation},
               {"PeerDistServerCancelAsyncOperation", PeerDistServerCancelAsyncOperation}});
}

}  // namespace winpeer

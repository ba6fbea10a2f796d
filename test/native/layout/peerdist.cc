// Compiled, never run: what native/sdk declares for peer distribution beside tables that were written from the
// published pages alone (learn.microsoft.com, peerdist.h), since no toolchain has its header but Visual Studio.
#include "../../../native/sdk/peerdist.h"

#include <cstddef>
#include <type_traits>

namespace sdk = winpeer::sdk;

// Every member of every structure is a DWORD, a BOOL or an enumeration, 4 bytes each, but for the tag's 16 bytes: the
// same on both processors.
static_assert(sizeof(sdk::PEERDIST_STATUS) == 4);
static_assert(sizeof(sdk::PEERDIST_CLIENT_INFO_BY_HANDLE_CLASS) == 4);
static_assert(sdk::PeerDistClientBasicInfo == 0);
static_assert(sdk::kMissingData == 0xfd4);

static_assert(sizeof(sdk::PEERDIST_PUBLICATION_OPTIONS) == 8);
static_assert(offsetof(sdk::PEERDIST_PUBLICATION_OPTIONS, dwVersion) == 0);
static_assert(offsetof(sdk::PEERDIST_PUBLICATION_OPTIONS, dwFlags) == 4);

static_assert(sizeof(sdk::PEERDIST_CONTENT_TAG) == 16 && alignof(sdk::PEERDIST_CONTENT_TAG) == 1);
static_assert(std::is_same_v<decltype(sdk::PEERDIST_CONTENT_TAG::Data), BYTE[16]>);

static_assert(sizeof(sdk::PEERDIST_RETRIEVAL_OPTIONS) == 16);
static_assert(offsetof(sdk::PEERDIST_RETRIEVAL_OPTIONS, cbSize) == 0);
static_assert(offsetof(sdk::PEERDIST_RETRIEVAL_OPTIONS, dwContentInfoMinVersion) == 4);
static_assert(offsetof(sdk::PEERDIST_RETRIEVAL_OPTIONS, dwContentInfoMaxVersion) == 8);
static_assert(offsetof(sdk::PEERDIST_RETRIEVAL_OPTIONS, dwReserved) == 12);

static_assert(sizeof(sdk::PEERDIST_STATUS_INFO) == 16);
static_assert(offsetof(sdk::PEERDIST_STATUS_INFO, cbSize) == 0);
static_assert(offsetof(sdk::PEERDIST_STATUS_INFO, status) == 4);
static_assert(offsetof(sdk::PEERDIST_STATUS_INFO, dwMinVer) == 8);
static_assert(offsetof(sdk::PEERDIST_STATUS_INFO, dwMaxVer) == 12);

static_assert(sizeof(sdk::PEERDIST_CLIENT_BASIC_INFO) == 4);
static_assert(std::is_same_v<decltype(sdk::PEERDIST_CLIENT_BASIC_INFO::fFlashCrowd), BOOL>);

// The calling convention is part of these types on x86. All handles are HANDLE; PC... is a pointer to const.
template <class Declared, class Published>
constexpr bool kSame = std::is_same_v<Declared, Published>;
using Tag = const sdk::PEERDIST_CONTENT_TAG*;
using Options = const sdk::PEERDIST_PUBLICATION_OPTIONS*;

static_assert(kSame<sdk::PeerDistStartup, DWORD WINAPI(DWORD, HANDLE*, PDWORD)>);
static_assert(kSame<sdk::PeerDistShutdown, DWORD WINAPI(HANDLE)>);
static_assert(kSame<sdk::PeerDistGetStatus, DWORD WINAPI(HANDLE, sdk::PEERDIST_STATUS*)>);
static_assert(kSame<sdk::PeerDistGetStatusEx, DWORD WINAPI(HANDLE, sdk::PEERDIST_STATUS_INFO*)>);
static_assert(kSame<sdk::PeerDistRegisterForStatusChangeNotification,
                    DWORD WINAPI(HANDLE, HANDLE, ULONG_PTR, LPOVERLAPPED, sdk::PEERDIST_STATUS*)>);
static_assert(kSame<sdk::PeerDistRegisterForStatusChangeNotificationEx,
                    DWORD WINAPI(HANDLE, HANDLE, ULONG_PTR, LPOVERLAPPED, sdk::PEERDIST_STATUS_INFO*)>);
static_assert(kSame<sdk::PeerDistUnregisterForStatusChangeNotification, DWORD WINAPI(HANDLE)>);
static_assert(kSame<sdk::PeerDistGetOverlappedResult, BOOL WINAPI(LPOVERLAPPED, LPDWORD, BOOL)>);
static_assert(kSame<sdk::PeerDistServerPublishStream,
                    DWORD WINAPI(HANDLE, DWORD, PBYTE, ULONGLONG, Options, HANDLE, ULONG_PTR, HANDLE*)>);
static_assert(kSame<sdk::PeerDistServerPublishAddToStream, DWORD WINAPI(HANDLE, HANDLE, DWORD, PBYTE, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistServerPublishCompleteStream, DWORD WINAPI(HANDLE, HANDLE, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistServerCloseStreamHandle, DWORD WINAPI(HANDLE, HANDLE)>);
static_assert(kSame<sdk::PeerDistServerUnpublish, DWORD WINAPI(HANDLE, DWORD, PBYTE)>);
static_assert(kSame<sdk::PeerDistServerOpenContentInformation,
                    DWORD WINAPI(HANDLE, DWORD, PBYTE, ULONGLONG, ULONGLONG, HANDLE, ULONG_PTR, HANDLE*)>);
static_assert(kSame<sdk::PeerDistServerOpenContentInformationEx,
                    DWORD WINAPI(HANDLE, DWORD, PBYTE, ULONGLONG, ULONGLONG, sdk::PEERDIST_RETRIEVAL_OPTIONS*, HANDLE,
                                 ULONG_PTR, HANDLE*)>);
static_assert(
    kSame<sdk::PeerDistServerRetrieveContentInformation, DWORD WINAPI(HANDLE, HANDLE, DWORD, PBYTE, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistServerCloseContentInformation, DWORD WINAPI(HANDLE, HANDLE)>);
static_assert(kSame<sdk::PeerDistServerCancelAsyncOperation, DWORD WINAPI(HANDLE, DWORD, PBYTE, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistClientOpenContent, DWORD WINAPI(HANDLE, Tag, HANDLE, ULONG_PTR, HANDLE*)>);
static_assert(kSame<sdk::PeerDistClientCloseContent, DWORD WINAPI(HANDLE, HANDLE)>);
static_assert(
    kSame<sdk::PeerDistClientAddContentInformation, DWORD WINAPI(HANDLE, HANDLE, DWORD, PBYTE, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistClientCompleteContentInformation, DWORD WINAPI(HANDLE, HANDLE, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistClientAddData, DWORD WINAPI(HANDLE, HANDLE, DWORD, PBYTE, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistClientBlockRead, DWORD WINAPI(HANDLE, HANDLE, DWORD, PBYTE, DWORD, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistClientStreamRead, DWORD WINAPI(HANDLE, HANDLE, DWORD, PBYTE, DWORD, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistClientFlushContent, DWORD WINAPI(HANDLE, Tag, HANDLE, ULONG_PTR, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistClientCancelAsyncOperation, DWORD WINAPI(HANDLE, HANDLE, LPOVERLAPPED)>);
static_assert(kSame<sdk::PeerDistClientGetInformationByHandle,
                    DWORD WINAPI(HANDLE, HANDLE, sdk::PEERDIST_CLIENT_INFO_BY_HANDLE_CLASS, DWORD, LPVOID)>);

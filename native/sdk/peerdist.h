// Peer distribution: peerdist.dll, as documented. mingw-w64 has no header for it.
#ifndef WINPEER_SDK_PEERDIST_H_
#define WINPEER_SDK_PEERDIST_H_

#include <windows.h>

namespace winpeer::sdk {

using PEERDIST_INSTANCE_HANDLE = HANDLE;
using PEERDIST_STREAM_HANDLE = HANDLE;
using PEERDIST_CONTENTINFO_HANDLE = HANDLE;
using PEERDIST_CONTENT_HANDLE = HANDLE;

// The members have no use here: what Windows says is handed on as a number.
enum PEERDIST_STATUS : int {};

enum PEERDIST_CLIENT_INFO_BY_HANDLE_CLASS : int { PeerDistClientBasicInfo = 0 };

// PEERDIST_ERROR_MISSING_DATA, which mingw-w64 has no macro for.
constexpr DWORD kMissingData = 4052;

struct PEERDIST_PUBLICATION_OPTIONS {
  DWORD dwVersion;
  DWORD dwFlags;
};

struct PEERDIST_CONTENT_TAG {
  BYTE Data[16];
};

struct PEERDIST_RETRIEVAL_OPTIONS {
  DWORD cbSize;
  DWORD dwContentInfoMinVersion;
  DWORD dwContentInfoMaxVersion;
  DWORD dwReserved;
};

struct PEERDIST_STATUS_INFO {
  DWORD cbSize;
  PEERDIST_STATUS status;
  DWORD dwMinVer;
  DWORD dwMaxVer;
};

struct PEERDIST_CLIENT_BASIC_INFO {
  BOOL fFlashCrowd;
};

using PeerDistStartup = DWORD WINAPI(DWORD, PEERDIST_INSTANCE_HANDLE*, PDWORD);
using PeerDistShutdown = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE);
using PeerDistGetStatus = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_STATUS*);
using PeerDistGetStatusEx = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_STATUS_INFO*);
using PeerDistRegisterForStatusChangeNotification = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, HANDLE, ULONG_PTR,
                                                                 LPOVERLAPPED, PEERDIST_STATUS*);
using PeerDistRegisterForStatusChangeNotificationEx = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, HANDLE, ULONG_PTR,
                                                                   LPOVERLAPPED, PEERDIST_STATUS_INFO*);
using PeerDistUnregisterForStatusChangeNotification = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE);
using PeerDistGetOverlappedResult = BOOL WINAPI(LPOVERLAPPED, LPDWORD, BOOL);

using PeerDistServerPublishStream = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, DWORD, PBYTE, ULONGLONG,
                                                 const PEERDIST_PUBLICATION_OPTIONS*, HANDLE, ULONG_PTR,
                                                 PEERDIST_STREAM_HANDLE*);
using PeerDistServerPublishAddToStream = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_STREAM_HANDLE, DWORD, PBYTE,
                                                      LPOVERLAPPED);
using PeerDistServerPublishCompleteStream = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_STREAM_HANDLE,
                                                         LPOVERLAPPED);
using PeerDistServerCloseStreamHandle = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_STREAM_HANDLE);
using PeerDistServerUnpublish = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, DWORD, PBYTE);
using PeerDistServerOpenContentInformation = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, DWORD, PBYTE, ULONGLONG, ULONGLONG,
                                                          HANDLE, ULONG_PTR, PEERDIST_CONTENTINFO_HANDLE*);
using PeerDistServerOpenContentInformationEx = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, DWORD, PBYTE, ULONGLONG,
                                                            ULONGLONG, PEERDIST_RETRIEVAL_OPTIONS*, HANDLE, ULONG_PTR,
                                                            PEERDIST_CONTENTINFO_HANDLE*);
using PeerDistServerRetrieveContentInformation = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENTINFO_HANDLE,
                                                              DWORD, PBYTE, LPOVERLAPPED);
using PeerDistServerCloseContentInformation = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENTINFO_HANDLE);
using PeerDistServerCancelAsyncOperation = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, DWORD, PBYTE, LPOVERLAPPED);

using PeerDistClientOpenContent = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, const PEERDIST_CONTENT_TAG*, HANDLE, ULONG_PTR,
                                               PEERDIST_CONTENT_HANDLE*);
using PeerDistClientCloseContent = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENT_HANDLE);
using PeerDistClientAddContentInformation = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENT_HANDLE, DWORD,
                                                         PBYTE, LPOVERLAPPED);
using PeerDistClientCompleteContentInformation = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENT_HANDLE,
                                                              LPOVERLAPPED);
using PeerDistClientAddData = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENT_HANDLE, DWORD, PBYTE,
                                           LPOVERLAPPED);
using PeerDistClientBlockRead = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENT_HANDLE, DWORD, PBYTE, DWORD,
                                             LPOVERLAPPED);
using PeerDistClientStreamRead = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENT_HANDLE, DWORD, PBYTE, DWORD,
                                              LPOVERLAPPED);
using PeerDistClientFlushContent = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, const PEERDIST_CONTENT_TAG*, HANDLE,
                                                ULONG_PTR, LPOVERLAPPED);
using PeerDistClientCancelAsyncOperation = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENT_HANDLE,
                                                        LPOVERLAPPED);
using PeerDistClientGetInformationByHandle = DWORD WINAPI(PEERDIST_INSTANCE_HANDLE, PEERDIST_CONTENT_HANDLE,
                                                          PEERDIST_CLIENT_INFO_BY_HANDLE_CLASS, DWORD, LPVOID);

}  // namespace winpeer::sdk

#endif  // WINPEER_SDK_PEERDIST_H_

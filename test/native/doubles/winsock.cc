// A Node.js addon that has the name spaces of Winsock answered from a stage, in its own process: those of Wine fail
// without asking a provider, and a whole ws2_32.dll is more than a double, since Node.js stands on it. Loading the
// addon redirects the functions below, by their first bytes.
#include "call.h"
// After winsock2.h.
#include <pnrpns.h>

#include <mutex>

using namespace doubles;

// The same pointer, of the type that something else says it has.
template <class T, class From>
auto& seen_as(From& pointer) {
  return reinterpret_cast<std::conditional_t<std::is_const_v<From>, T* const, T*>&>(pointer);
}

void fields(auto visit, Is<SOCKET_ADDRESS> auto& it) {
  visit("lpSockaddr", it.lpSockaddr);
  visit("iSockaddrLength", it.iSockaddrLength);
}

void fields(auto visit, Is<CSADDR_INFO> auto& it) {
  visit("LocalAddr", it.LocalAddr);
  visit("RemoteAddr", it.RemoteAddr);
  visit("iSocketType", it.iSocketType);
  visit("iProtocol", it.iProtocol);
}

void fields(auto visit, Is<PNRP_CLOUD_ID> auto& it) {
  visit("AddressFamily", it.AddressFamily);
  visit("Scope", it.Scope);
  visit("ScopeId", it.ScopeId);
}

void fields(auto visit, Is<PNRPCLOUDINFO> auto& it) {
  visit("dwSize", it.dwSize);
  visit("Cloud", it.Cloud);
  visit("enCloudState", it.enCloudState);
  visit("enCloudFlags", it.enCloudFlags);
}

void fields(auto visit, Is<PNRPINFO_V2> auto& it) {
  visit("dwSize", it.dwSize);
  visit("lpwszIdentity", it.lpwszIdentity);
  visit("nMaxResolve", it.nMaxResolve);
  visit("dwTimeout", it.dwTimeout);
  visit("dwLifetime", it.dwLifetime);
  visit("enResolveCriteria", it.enResolveCriteria);
  visit("dwFlags", it.dwFlags);
  visit("saHint", it.saHint);
  visit("enNameState", it.enNameState);
  visit("enExtendedPayloadType", it.enExtendedPayloadType);
  if (it.enExtendedPayloadType == PNRP_EXTENDED_PAYLOAD_TYPE_BINARY)
    visit("blobPayload", it.blobPayload.pBlobData, it.blobPayload.cbSize);
  if (it.enExtendedPayloadType == PNRP_EXTENDED_PAYLOAD_TYPE_STRING) visit("pwszPayload", it.pwszPayload);
}

// The sizes of what it holds in these name spaces differ.
void fields(auto visit, Is<BLOB> auto& it) {
  visit("cbSize", it.cbSize);
  if (it.cbSize == sizeof(PNRPINFO_V2))
    visit("pBlobData", seen_as<PNRPINFO_V2>(it.pBlobData));
  else if (it.cbSize == sizeof(PNRPCLOUDINFO))
    visit("pBlobData", seen_as<PNRPCLOUDINFO>(it.pBlobData));
}

void fields(auto visit, Is<WSAQUERYSETW> auto& it) {
  visit("dwSize", it.dwSize);
  visit("lpszServiceInstanceName", it.lpszServiceInstanceName);
  visit("lpServiceClassId", it.lpServiceClassId);
  visit("lpVersion", it.lpVersion);
  visit("lpszComment", it.lpszComment);
  visit("dwNameSpace", it.dwNameSpace);
  visit("lpNSProviderId", it.lpNSProviderId);
  visit("lpszContext", it.lpszContext);
  visit("lpafpProtocols", it.lpafpProtocols, it.dwNumberOfProtocols);
  visit("lpszQueryString", it.lpszQueryString);
  visit("lpcsaBuffer", it.lpcsaBuffer, it.dwNumberOfCsAddrs);
  visit("dwOutputFlags", it.dwOutputFlags);
  visit("lpBlob", it.lpBlob);
}

// But for its event, which is a number that no test knows.
void fields(auto visit, Is<WSAOVERLAPPED> auto& it) {
  visit("Internal", it.Internal);
  visit("InternalHigh", it.InternalHigh);
  visit("Offset", it.Offset);
  visit("OffsetHigh", it.OffsetHigh);
}

void fields(auto visit, Is<WSACOMPLETION> auto& it) {
  visit("Type", it.Type);
  if (it.Type == NSP_NOTIFY_EVENT) visit("lpOverlapped", it.Parameters.Event.lpOverlapped);
}

void fields(auto visit, Is<WSANAMESPACE_INFOW> auto& it) {
  visit("NSProviderId", it.NSProviderId);
  visit("dwNameSpace", it.dwNameSpace);
  visit("fActive", it.fActive);
  visit("dwVersion", it.dwVersion);
  visit("lpszIdentifier", it.lpszIdentifier);
}

namespace winsock {

constexpr const char* kLookup = "lookup HANDLE";

// As Winsock says it: the number is the thread's last error.
INT said(HRESULT result, INT success = 0) {
  if (result == S_OK) return success;
  WSASetLastError(result);
  return SOCKET_ERROR;
}

// Fills as many of the caller's bytes as there are, and says how many there would have to be. With what points out of
// them: whoever is told of too few does not look.
template <class T>
DWORD fill(void* place, DWORD size, const json& items) {
  Block block({static_cast<std::byte*>(place), place == nullptr ? 0 : size});
  Filler filler(block);
  T* const all = block.make<T>(items.size());
  for (size_t at = 0; at < items.size(); at++) filler.fill(items[at], all[at]);
  return static_cast<DWORD>(block.taken());
}

// WSAStartup returns its code, and no last error.
int WSAAPI WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData) {
  Call call("WSAStartup");
  call.in("wVersionRequested", wVersionRequested, kRequired);
  const HRESULT result = call.answer();
  if (result == S_OK) lpWSAData->wVersion = lpWSAData->wHighVersion = wVersionRequested;
  return result;
}

int WSAAPI WSACleanup() {
  Call call("WSACleanup");
  return said(call.answer());
}

INT WSAAPI WSAEnumNameSpaceProvidersW(LPDWORD lpdwBufferLength, LPWSANAMESPACE_INFOW lpnspBuffer) {
  Call call("WSAEnumNameSpaceProvidersW");
  call.in("lpdwBufferLength", lpdwBufferLength, kRequired);
  json providers = json::array({{{"dwNameSpace", NS_DNS}}, {{"dwNameSpace", NS_PNRPNAME}, {"fActive", 1}}});
  call.otherwise([&](json& answer) {
    if (answer.contains("returns")) return;
    if (answer.contains("lpnspBuffer")) providers = answer["lpnspBuffer"];
    answer.erase("lpnspBuffer");
    const DWORD needed = fill<WSANAMESPACE_INFOW>(lpnspBuffer, *lpdwBufferLength, providers);
    if (needed > *lpdwBufferLength) answer["returns"] = WSAEFAULT;
    *lpdwBufferLength = needed;
  });
  const HRESULT result = call.answer();
  return said(result, static_cast<INT>(providers.size()));
}

INT WSAAPI WSASetServiceW(LPWSAQUERYSETW lpqsRegInfo, WSAESETSERVICEOP essoperation, DWORD dwControlFlags) {
  Call call("WSASetServiceW");
  call.in("lpqsRegInfo", lpqsRegInfo, kRequired);
  call.in("essoperation", essoperation, kRequired);
  call.in("dwControlFlags", dwControlFlags, kRequired);
  return said(call.answer());
}

// What the script gives for the handle are its results; null is the end of those that are there.
INT WSAAPI WSALookupServiceBeginW(LPWSAQUERYSETW lpqsRestrictions, DWORD dwControlFlags, LPHANDLE lphLookup) {
  Call call("WSALookupServiceBeginW");
  call.in("lpqsRestrictions", lpqsRestrictions, kRequired);
  call.in("dwControlFlags", dwControlFlags, kRequired);
  call.opens("lphLookup", lphLookup, kLookup);
  return said(call.answer());
}

// With `waits` in its script, it lasts until the lookup is ended.
INT WSAAPI WSALookupServiceNextW(HANDLE hLookup, DWORD dwControlFlags, LPDWORD lpdwBufferLength,
                                 LPWSAQUERYSETW lpqsResults) {
  Call call("WSALookupServiceNextW");
  const auto lookup = call.uses("hLookup", hLookup, kLookup);
  call.in("dwControlFlags", dwControlFlags, kRequired);
  call.in("lpdwBufferLength", lpdwBufferLength, kRequired);
  if (lookup != nullptr && lookup->next < lookup->contents.size()) call.answers_itself();
  call.otherwise([&](json& answer) {
    if (answer.contains("waits")) {
      while (Handles::open().find(hLookup, kLookup) != nullptr) Sleep(2);
      answer = {{"returns", WSA_E_CANCELLED}};
    }
    if (answer.contains("lpqsResults")) lookup->contents.push_back(answer["lpqsResults"]);
    answer.erase("lpqsResults");
    if (answer.contains("returns")) return;
    const json result = lookup->next < lookup->contents.size() ? lookup->contents[lookup->next] : json();
    const DWORD needed =
        result.is_null() ? 0 : fill<WSAQUERYSETW>(lpqsResults, *lpdwBufferLength, json::array({result}));
    if (result.is_null()) answer["returns"] = WSA_E_NO_MORE;
    if (needed > *lpdwBufferLength) {
      answer["returns"] = WSAEFAULT;
      *lpdwBufferLength = needed;
    } else {
      lookup->next++;
    }
  });
  return said(call.answer());
}

INT WSAAPI WSALookupServiceEnd(HANDLE hLookup) {
  Call call("WSALookupServiceEnd");
  call.closes("hLookup", hLookup, kLookup);
  return said(call.answer());
}

// The script's `signal` tells when the caller's event is set: at once where it says nothing, not at all where it is
// false.
INT WSAAPI WSANSPIoctl(HANDLE hLookup, DWORD dwControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer, LPVOID lpvOutBuffer,
                       DWORD cbOutBuffer, LPDWORD lpcbBytesReturned, LPWSACOMPLETION lpCompletion) {
  Call call("WSANSPIoctl");
  const auto lookup = call.uses("hLookup", hLookup, kLookup);
  call.in("dwControlCode", dwControlCode, kRequired);
  call.in("lpvInBuffer", static_cast<BYTE*>(lpvInBuffer), cbInBuffer, kOptional);
  call.in("lpvOutBuffer", static_cast<BYTE*>(lpvOutBuffer), cbOutBuffer, kOptional);
  call.in("lpcbBytesReturned", lpcbBytesReturned, kOptional);
  call.in("lpCompletion", lpCompletion, kOptional);
  const HANDLE event = lpCompletion == nullptr ? nullptr : lpCompletion->Parameters.Event.lpOverlapped->hEvent;
  call.event("hEvent", event, kRequired);
  bool signals = true;
  if (const json* const model = call.model(); model != nullptr && lookup != nullptr) {
    lookup->event = event;
    detached([model = *model, question = call.question(), hLookup] {
      if (!ask(model, question).contains("returns")) Handles::open().signal(hLookup);
    });
    call.answers_itself();
  }
  call.otherwise([&](json& answer) {
    signals = answer.value("signal", lookup->event == nullptr);
    if (!answer.contains("returns")) answer["returns"] = WSA_IO_PENDING;
  });
  const HRESULT result = call.answer();
  if (result == WSA_IO_PENDING && signals) SetEvent(event);
  return said(result);
}

// jmp to where rax leads: 12 bytes, and functions begin 16 bytes apart.
template <class Function>
void redirect(const char* name, Function* to) {
  const auto from = reinterpret_cast<BYTE*>(GetProcAddress(GetModuleHandleW(L"ws2_32.dll"), name));
  DWORD protection;
  if (from == nullptr || !VirtualProtect(from, 12, PAGE_EXECUTE_READWRITE, &protection)) die("no way to redirect");
  const BYTE load[] = {0x48, 0xb8}, jump[] = {0xff, 0xe0};
  std::memcpy(from, load, 2);
  std::memcpy(from + 2, &to, 8);
  std::memcpy(from + 10, jump, 2);
  VirtualProtect(from, 12, protection, &protection);
}

}  // namespace winsock

#define REDIRECT(name)                                                      \
  static_assert(std::is_same_v<decltype(::name), decltype(winsock::name)>); \
  winsock::redirect(#name, winsock::name)

// Node-API's entry, which nothing but a loader of addons calls.
extern "C" __declspec(dllexport) void* napi_register_module_v1(void*, void* exports) {
  static std::once_flag once;
  std::call_once(once, [] {
    HMODULE self;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       reinterpret_cast<LPCWSTR>(&napi_register_module_v1), &self);
    REDIRECT(WSAStartup);
    REDIRECT(WSACleanup);
    REDIRECT(WSAEnumNameSpaceProvidersW);
    REDIRECT(WSASetServiceW);
    REDIRECT(WSALookupServiceBeginW);
    REDIRECT(WSALookupServiceNextW);
    REDIRECT(WSALookupServiceEnd);
    REDIRECT(WSANSPIoctl);
  });
  return exports;
}

// Calls peerdist.dll in ways that no caller may, and in those that the product has no use for; prints as JSON what came
// back.
#include "program.h"
// After the types that they use.
#include "declarations.inc"
// After the declarations.
#include "prototypes.inc"

namespace {

struct Opened {
  PEERDIST_INSTANCE_HANDLE instance = nullptr;
  PEERDIST_CONTENT_HANDLE content = nullptr;

  Opened() {
    PEERDIST_CONTENT_TAG tag{};
    PeerDistStartup(PEERDIST_VERSION_2, &instance, nullptr);
    PeerDistClientOpenContent(instance, &tag, nullptr, 0, &content);
  }

  ~Opened() {
    PeerDistClientCloseContent(instance, content);
    PeerDistShutdown(instance);
  }

  static constexpr DWORD PEERDIST_VERSION_2 = 2;
};

struct Pending : OVERLAPPED {
  Pending() : OVERLAPPED{} { hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr); }
  ~Pending() { CloseHandle(hEvent); }

  // The code and the count of bytes, once it has ended.
  json result() {
    WaitForSingleObject(hEvent, INFINITE);
    DWORD bytes = 0;
    const DWORD code = PeerDistGetOverlappedResult(this, &bytes, TRUE) ? ERROR_SUCCESS : GetLastError();
    return {code, bytes};
  }
};

void misuse() {
  Opened it;
  BYTE bytes[4] = {1, 2, 3, 4};
  Pending first, second;
  DWORD count = 0;
  results.push_back(PeerDistClientAddContentInformation(it.instance, it.content, 4, bytes, nullptr));
  OVERLAPPED eventless{};
  results.push_back(PeerDistClientAddContentInformation(it.instance, it.content, 4, bytes, &eventless));
  second.OffsetHigh = 1;
  results.push_back(PeerDistClientStreamRead(it.instance, it.content, 4, bytes, 0, &second));
  results.push_back(PeerDistClientBlockRead(it.instance, it.content, 4, nullptr, 0, &second));
  results.push_back(PeerDistClientAddContentInformation(it.instance, it.instance, 4, bytes, &first));
  results.push_back(PeerDistClientAddContentInformation(it.instance, it.content, 4, bytes, &first));
  results.push_back(PeerDistClientBlockRead(it.instance, it.content, 4, bytes, 0, &first));
  second.OffsetHigh = 0;
  results.push_back(PeerDistClientAddContentInformation(it.instance, it.content, 4, bytes, &second));
  results.push_back(PeerDistGetOverlappedResult(&first, &count, FALSE) ? 0 : GetLastError());
  bytes[3] = 5;
  results.push_back(PeerDistClientCancelAsyncOperation(it.instance, it.content, &first));
  results.push_back(first.result());
  results.push_back(PeerDistGetOverlappedResult(&first, &count, FALSE) ? 0 : GetLastError());
}

// The system's own function reads the same from it.
void results_of() {
  Opened it;
  BYTE bytes[4] = {};
  Pending read, missing;
  results.push_back(PeerDistClientBlockRead(it.instance, it.content, 4, bytes, 0, &read));
  results.push_back(read.result());
  results.push_back({hex(bytes, 4), read.Offset, read.OffsetHigh});
  results.push_back(PeerDistClientBlockRead(it.instance, it.content, 4, bytes, 0, &missing));
  WaitForSingleObject(missing.hEvent, INFINITE);
  DWORD count = 0;
  results.push_back(GetOverlappedResult(nullptr, &missing, &count, FALSE) ? 0 : GetLastError());
  results.push_back(count);
}

}  // namespace

int main(int count, char** arguments) {
  return play(count, arguments, {{"misuse", misuse}, {"results", results_of}});
}

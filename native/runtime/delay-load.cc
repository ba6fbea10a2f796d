// For mingw-w64 alone; with Visual Studio, node-gyp and cmake-js bring a hook of their own.
//
// Node-API is in the program that loads the addon, and that is not always called node.exe: Electron, a renamed copy.
// So its functions are delay-loaded imports, and the answer to which module "node.exe" is comes from here.
#include <windows.h>
// After windows.h, whose types it uses.
#include <delayimp.h>

#include <cstring>

namespace {

FARPROC WINAPI AnswerWithHostProcess(unsigned notification, PDelayLoadInfo info) {
  if (notification != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  return reinterpret_cast<FARPROC>(GetModuleHandleW(nullptr));
}

}  // namespace

// Declared extern "C" by delayimp.h, whose library looks at it.
PfnDliHook __pfnDliNotifyHook2 = AnswerWithHostProcess;

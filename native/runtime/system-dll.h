#ifndef WINPEER_RUNTIME_SYSTEM_DLL_H_
#define WINPEER_RUNTIME_SYSTEM_DLL_H_

#include <windows.h>

#include <string>

namespace winpeer {

// A DLL of the system, loaded at run time because any of them may be missing. It is never unloaded: what these DLLs
// start inside a process does not bear that, and a thread may be inside a call when its environment ends.
class SystemDll {
 public:
  // Looks in System32 alone: a file of that name beside the program, in the working directory or on PATH is never run.
  explicit SystemDll(const std::wstring& name);

  bool loaded() const { return module_ != nullptr; }
  // The Win32 code of why it is not loaded, else ERROR_SUCCESS.
  DWORD error() const { return error_; }
  // Null where the DLL has no such export.
  FARPROC find(const std::string& export_name) const;

 private:
  HMODULE module_ = nullptr;
  DWORD error_ = ERROR_SUCCESS;
};

}  // namespace winpeer

#endif  // WINPEER_RUNTIME_SYSTEM_DLL_H_

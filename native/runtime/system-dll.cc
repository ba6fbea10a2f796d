#include "system-dll.h"

#include <string_view>

namespace winpeer {

SystemDll::SystemDll(const std::wstring& name) {
  using namespace std::string_view_literals;
  // The search flag binds bare names only: a path would be loaded from wherever it leads.
  if (name.empty() || name.find_first_of(L"\\/:\0"sv) != std::wstring::npos) {
    error_ = ERROR_INVALID_NAME;
    return;
  }
  module_ = LoadLibraryExW(name.c_str(), nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (module_ == nullptr) error_ = GetLastError();
}

FARPROC SystemDll::find(const std::string& export_name) const {
  return module_ == nullptr ? nullptr : GetProcAddress(module_, export_name.c_str());
}

}  // namespace winpeer

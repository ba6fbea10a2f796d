#ifndef WINPEER_MARSHAL_QUERY_SET_H_
#define WINPEER_MARSHAL_QUERY_SET_H_

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../runtime/pending-calls.h"
#include "../sdk/winsock-pnrp.h"
#include "socket-address.h"

namespace winpeer {

// A WSAQUERYSETW with all that it points to, from what lib/backend/native/addon.ts calls QuerySet. What is not given is
// zero: the provider checks reserved members.
class QuerySet {
 public:
  explicit QuerySet(const Napi::Value& from);
  QuerySet(const QuerySet&) = delete;
  QuerySet& operator=(const QuerySet&) = delete;

  WSAQUERYSETW* get() { return &set_; }

 private:
  void SetName(const Napi::Object& from);
  void SetCloud(const Napi::Object& from);
  void SetAddresses(const Napi::Value& from);
  void SetBlob(void* content, size_t size);

  WSAQUERYSETW set_{};
  GUID class_{};
  std::wstring instance_;
  std::optional<std::wstring> comment_;
  std::optional<std::wstring> context_;
  std::vector<SocketAddress> addresses_;
  std::vector<CSADDR_INFO> list_;
  BLOB blob_{};
  PNRPINFO_V2 info_{};
  PNRPCLOUDINFO cloud_{};
  std::optional<std::wstring> identity_;
  SocketAddress hint_{};
  std::vector<uint8_t> bytes_;
  std::wstring text_;
};

// The result of a lookup, copied out of its buffer: QueryResult of addon.ts.
Outcome::ToJs CopyQueryResult(const WSAQUERYSETW& result);

}  // namespace winpeer

#endif  // WINPEER_MARSHAL_QUERY_SET_H_

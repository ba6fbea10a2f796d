#ifndef WINPEER_DOUBLES_GRAPH_CALL_H_
#define WINPEER_DOUBLES_GRAPH_CALL_H_

#include "call.h"

namespace doubles {

// The security interfaces that graphs were opened with.
class SecurityInterfaces {
 public:
  static SecurityInterfaces& all() {
    static SecurityInterfaces interfaces;
    return interfaces;
  }

  void set(HANDLE graph, const PEER_SECURITY_INTERFACE& it) {
    const std::lock_guard lock(mutex_);
    interfaces_.insert_or_assign(graph, it);
  }

  PEER_SECURITY_INTERFACE of(HANDLE graph) {
    const std::lock_guard lock(mutex_);
    const auto found = interfaces_.find(graph);
    if (found == interfaces_.end()) die("the graph has no security interface to call");
    return found->second;
  }

 private:
  std::mutex mutex_;
  std::map<HANDLE, PEER_SECURITY_INTERFACE> interfaces_;
};

// A call of p2pgraph.dll. The script's `callbacks` are calls of the graph's security interface, which are made before
// it is answered and logged with the answer.
class GraphCall : public Call {
 public:
  using Call::Call;

  void secures(const char* name, const PEER_SECURITY_INTERFACE* it, Presence presence) {
    in(name, it, presence);
    if (it == nullptr) return;
    after_ = [this, copy = *it](uint64_t, const json&) { SecurityInterfaces::all().set(opened(), copy); };
  }

  void calls_back(HANDLE graph) {
    names_.insert("callbacks");
    outs_.push_back([=](const json& answer, bool, json& line) {
      for (const json& callback : answer.value("callbacks", json::array())) {
        // Windows has threads of its own for them.
        std::thread([&] { line["callbacks"].push_back(run(graph, callback)); }).join();
      }
    });
  }

 private:
  static json run(HANDLE graph, const json& callback) {
    const PEER_SECURITY_INTERFACE it = SecurityInterfaces::all().of(graph);
    const std::string function = callback.at("function");
    if (function == "pfnAuthFailed") return {{"returns", code_text(it.pfnAuthFailed(graph, it.pvContext))}};
    Block block;
    PEER_RECORD record{};
    Filler(block).fill(callback.at("pRecord"), record);
    const auto change = callback.at("changeType").get<PEER_RECORD_CHANGE_TYPE>();
    if (function == "pfnValidateRecord")
      return {{"returns", code_text(it.pfnValidateRecord(graph, it.pvContext, &record, change))}};
    if (function != "pfnSecureRecord") die("no function of a security interface: " + function);
    PEER_DATA* data = nullptr;
    json line{{"returns", code_text(it.pfnSecureRecord(graph, it.pvContext, &record, change, &data))}};
    if (data == nullptr) return line;
    line["securityData"] = hex(data->pbData, data->cbData);
    line["freed"] = code_text(it.pfnFreeSecurityData(graph, it.pvContext, data));
    return line;
  }
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_GRAPH_CALL_H_

// Calls every export of p2pgraph.dll through mingw-w64's prototypes and import library, and prints as JSON what came
// back.
#include "program.h"

namespace {

constexpr GUID kFirst{0x00112233, 0x4455, 0x6677, {0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}};
constexpr GUID kSecond{0xffffffff, 0xfffe, 0xfffd, {0xfc, 0, 0, 0, 0, 0, 0, 1}};

wchar_t* text(const wchar_t* it) {
  return const_cast<wchar_t*>(it);
}

HGRAPH new_graph(PEER_SECURITY_INTERFACE* security = nullptr) {
  PEER_GRAPH_PROPERTIES properties{};
  properties.dwSize = sizeof properties;
  properties.dwScope = PEER_GRAPH_SCOPE_LINKLOCAL;
  properties.pwzGraphId = text(L"Graph ü");
  properties.ulPresenceLifetime = 0xfffffffe;
  properties.cPresenceMax = 0xffffffff;
  HGRAPH graph = nullptr;
  results.push_back(code(PeerGraphCreate(&properties, L"db 😀", security, &graph)));
  return graph;
}

void graphs() {
  PEER_VERSION_DATA version{};
  results.push_back(code(PeerGraphStartup(PEER_GRAPH_VERSION, &version)));
  results.push_back({version.wVersion, version.wHighestVersion});
  const HGRAPH created = new_graph();
  const GUID precedence[] = {kFirst, kSecond};
  HGRAPH opened = nullptr;
  results.push_back(code(PeerGraphOpen(L"g", L"p", L"d", nullptr, 2, precedence, &opened)));
  results.push_back(code(PeerGraphListen(opened, PEER_GRAPH_SCOPE_SITELOCAL, 0xfffffffe, 0xffff)));
  PEER_ADDRESS address{sizeof address, {}};
  address.sin6.sin6_family = AF_INET6;
  address.sin6.sin6_port = htons(0x1234);
  ULONGLONG connection = 0, direct = 0;
  results.push_back(code(PeerGraphConnect(opened, L"Ω", &address, &connection)));
  results.push_back(code(PeerGraphOpenDirectConnection(opened, L"Ω", &address, &direct)));
  results.push_back({std::to_string(connection), std::to_string(direct)});
  BYTE data[] = {0, 0xff};
  results.push_back(code(PeerGraphSendData(opened, direct, &precedence[0], sizeof data, data)));
  results.push_back(code(PeerGraphCloseDirectConnection(opened, direct)));
  DWORD status = 0;
  results.push_back(code(PeerGraphGetStatus(opened, &status)));
  PPEER_GRAPH_PROPERTIES properties = nullptr;
  results.push_back(code(PeerGraphGetProperties(opened, &properties)));
  results.push_back({status, properties->dwSize, narrow(properties->pwzComment), properties->cPresenceMax});
  results.push_back(code(PeerGraphSetProperties(opened, properties)));
  PeerGraphFreeData(properties);
  results.push_back(code(PeerGraphSetPresence(opened, TRUE)));
  results.push_back(code(PeerGraphSetNodeAttributes(opened, L"<a/>")));
  PPEER_NODE_INFO node = nullptr;
  results.push_back(code(PeerGraphGetNodeInfo(opened, 0x8000000000000001, &node)));
  results.push_back({std::to_string(node->ullNodeId), node->cAddresses, ntohs(node->pAddresses[1].sin6.sin6_port)});
  PeerGraphFreeData(node);
  FILETIME peer{0x89abcdef, 0x01234567}, universal{}, back{};
  results.push_back(code(PeerGraphPeerTimeToUniversalTime(opened, &peer, &universal)));
  results.push_back(code(PeerGraphUniversalTimeToPeerTime(opened, &universal, &back)));
  results.push_back({universal.dwHighDateTime, universal.dwLowDateTime, back.dwLowDateTime});
  results.push_back(code(PeerGraphExportDatabase(opened, L"C:\\ü")));
  results.push_back(code(PeerGraphImportDatabase(opened, L"C:\\ü")));
  results.push_back(code(PeerGraphDelete(L"g", L"p", L"d")));
  results.push_back(code(PeerGraphClose(opened)));
  results.push_back(code(PeerGraphClose(created)));
  results.push_back(code(PeerGraphShutdown()));
}

json contents(HPEERENUM enumeration, const std::function<json(const void*)>& of) {
  json all = json::array();
  ULONG count = 0;
  PeerGraphGetItemCount(enumeration, &count);
  all.push_back(count);
  PVOID* items = nullptr;
  count = 9;
  PeerGraphGetNextItem(enumeration, &count, &items);
  for (ULONG at = 0; at < count; at++) all.push_back(of(items[at]));
  PeerGraphFreeData(items);
  all.push_back(code(PeerGraphEndEnumeration(enumeration)));
  return all;
}

void records() {
  const HGRAPH graph = new_graph();
  PEER_RECORD record{};
  BYTE data[] = {1, 2, 3};
  record.dwSize = sizeof record;
  record.type = kFirst;
  record.ftExpiration = {0x89abcdef, 0x01234567};
  record.data = {sizeof data, data};
  GUID id{};
  results.push_back(code(PeerGraphAddRecord(graph, &record, &id)));
  results.push_back(guid_text(id));
  results.push_back(code(PeerGraphUpdateRecord(graph, &record)));
  PPEER_RECORD found = nullptr;
  results.push_back(code(PeerGraphGetRecord(graph, &id, &found)));
  results.push_back({guid_text(found->id), found->dwVersion, hex(found->data.pbData, found->data.cbData)});
  PeerGraphFreeData(found);
  results.push_back(code(PeerGraphDeleteRecord(graph, &id, TRUE)));
  const GUID deferred[] = {kFirst, kSecond};
  results.push_back(code(PeerGraphValidateDeferredRecords(graph, 2, deferred)));

  HPEERENUM records = nullptr, matches = nullptr, nodes = nullptr, connections = nullptr;
  PeerGraphEnumRecords(graph, &record.type, L"Ω", &records);
  PeerGraphSearchRecords(graph, L"<s/>", &matches);
  PeerGraphEnumNodes(graph, nullptr, &nodes);
  PeerGraphEnumConnections(graph, PEER_CONNECTION_DIRECT, &connections);
  const auto attributes = [](const void* it) { return narrow(static_cast<const PEER_RECORD*>(it)->pwzAttributes); };
  results.push_back(contents(records, attributes));
  results.push_back(contents(matches, attributes));
  results.push_back(contents(
      nodes, [](const void* it) { return std::to_string(static_cast<const PEER_NODE_INFO*>(it)->ullNodeId); }));
  results.push_back(contents(connections, [](const void* it) {
    return std::to_string(static_cast<const PEER_CONNECTION_INFO*>(it)->ullConnectionId);
  }));

  const HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  PEER_GRAPH_EVENT_REGISTRATION registrations[] = {{PEER_GRAPH_EVENT_RECORD_CHANGED, const_cast<GUID*>(&kSecond)},
                                                   {PEER_GRAPH_EVENT_SYNCHRONIZED, nullptr}};
  HPEEREVENT peer_event = nullptr;
  results.push_back(code(PeerGraphRegisterEvent(graph, event, 2, registrations, &peer_event)));
  WaitForSingleObject(event, INFINITE);
  HRESULT result = S_OK;
  for (PPEER_GRAPH_EVENT_DATA it = nullptr; (result = PeerGraphGetEventData(peer_event, &it)) == S_OK; it = nullptr) {
    if (it->eventType == PEER_GRAPH_EVENT_STATUS_CHANGED) results.push_back(static_cast<DWORD>(it->dwStatus));
    if (it->eventType == PEER_GRAPH_EVENT_SYNCHRONIZED) results.push_back(guid_text(it->synchronizedData.recordType));
    if (it->eventType == PEER_GRAPH_EVENT_NODE_CHANGED)
      results.push_back({it->nodeChangeData.changeType, narrow(it->nodeChangeData.pwzPeerId)});
    PeerGraphFreeData(it);
  }
  results.push_back(code(result));
  results.push_back(code(PeerGraphUnregisterEvent(peer_event)));
  CloseHandle(event);
  results.push_back(code(PeerGraphClose(graph)));
}

// What each function of the interface was called with.
json secured = json::array();

HRESULT CALLBACK validate(HGRAPH, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change) {
  secured.push_back({"validate", context == &secured, guid_text(record->type), change, record->dwSize});
  return change == PEER_RECORD_ADDED ? S_OK : static_cast<HRESULT>(0x80632030);
}

HRESULT CALLBACK secure(HGRAPH, PVOID, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change, PPEER_DATA* data) {
  secured.push_back({"secure", hex(record->data.pbData, record->data.cbData), change});
  static BYTE bytes[] = {0xca, 0xfe};
  static PEER_DATA made{sizeof bytes, bytes};
  *data = &made;
  return S_OK;
}

HRESULT CALLBACK free_data(HGRAPH, PVOID, PPEER_DATA data) {
  secured.push_back({"free", data->cbData});
  return S_OK;
}

HRESULT CALLBACK failed(HGRAPH, PVOID) {
  secured.push_back("failed");
  return E_ACCESSDENIED;
}

void security() {
  BYTE info[] = {7, 8};
  PEER_SECURITY_INTERFACE it{
      sizeof it, text(L"C:\\ssp ü.dll"), text(L"package"), sizeof info, info, &secured, validate, secure, free_data,
      failed};
  const HGRAPH graph = new_graph(&it);
  PEER_RECORD record{};
  record.dwSize = sizeof record;
  GUID id{};
  results.push_back(code(PeerGraphAddRecord(graph, &record, &id)));
  results.push_back(code(PeerGraphClose(graph)));
  results.push_back(secured);
}

}  // namespace

int main(int count, char** arguments) {
  return play(count, arguments, {{"graphs", graphs}, {"records", records}, {"security", security}});
}

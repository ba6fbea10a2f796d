// Calls p2p.dll's groups and collaboration with one of each kind of parameter that identities and names do not have:
// structures in structures, lists in structures, events whose data is a union, records, 64-bit numbers, dates.
#include "program.h"

namespace {

constexpr GUID kFirst{0x00112233, 0x4455, 0x6677, {0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}};
constexpr GUID kSecond{0xffffffff, 0xfffe, 0xfffd, {0xfc, 0, 0, 0, 0, 0, 0, 1}};

wchar_t* text(const wchar_t* it) {
  return const_cast<wchar_t*>(it);
}

void grouping() {
  PEER_VERSION_DATA version{};
  results.push_back(code(PeerGroupStartup(PEER_GROUP_VERSION, &version)));
  results.push_back({version.wVersion, version.wHighestVersion});

  PEER_GROUP_PROPERTIES properties{};
  properties.dwSize = sizeof properties;
  properties.pwzClassifier = text(L"Gruppe ü");
  properties.ulMemberDataLifetime = 0xfffffffe;
  properties.groupPasswordRole = kSecond;
  HGROUP group = nullptr;
  results.push_back(code(PeerGroupCreate(&properties, &group)));
  properties.dwSize = 4;
  results.push_back(code(PeerGroupSetProperties(group, &properties)));

  const GUID roles[] = {kFirst, kSecond};
  FILETIME expiration{0x89abcdef, 0x01234567};
  PWSTR invitation = nullptr;
  results.push_back(code(PeerGroupCreateInvitation(group, L"<x/>", &expiration, 2, roles, &invitation)));
  results.push_back(taken(invitation));
  PPEER_INVITATION_INFO info = nullptr;
  results.push_back(code(PeerGroupParseInvitation(L"<i/>", &info)));
  results.push_back({info->dwSize, info->cRoles, guid_text(info->pRoles[1]), narrow(info->ppwzClassifiers[0]),
                     info->pSubjectPublicKey->Algorithm.pszObjId, info->pSubjectPublicKey->PublicKey.cbData,
                     info->ftValidityEnd.dwHighDateTime});
  PeerFreeData(info);

  PEER_ADDRESS address{sizeof address, {}};
  address.sin6.sin6_family = AF_INET6;
  ULONGLONG connection = 0;
  results.push_back(code(PeerGroupOpenDirectConnection(group, L"a.b", &address, &connection)));
  results.push_back(std::to_string(connection));
  BYTE data[] = {0, 0xff};
  results.push_back(code(PeerGroupSendData(group, connection, &roles[0], sizeof data, data)));

  PEER_RECORD record{};
  record.dwSize = sizeof record;
  record.type = roles[0];
  record.pwzAttributes = text(L"<a/>");
  record.ftExpiration = expiration;
  record.data = {sizeof data, data};
  GUID id{};
  results.push_back(code(PeerGroupAddRecord(group, &record, &id)));
  results.push_back(guid_text(id));

  const HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  GUID filter = roles[1];
  PEER_GROUP_EVENT_REGISTRATION registrations[] = {{PEER_GROUP_EVENT_STATUS_CHANGED, nullptr},
                                                   {PEER_GROUP_EVENT_RECORD_CHANGED, &filter}};
  HPEEREVENT peer_event = nullptr;
  results.push_back(code(PeerGroupRegisterEvent(group, event, 2, registrations, &peer_event)));
  WaitForSingleObject(event, INFINITE);
  for (PPEER_GROUP_EVENT_DATA it = nullptr; PeerGroupGetEventData(peer_event, &it) == S_OK; it = nullptr) {
    if (it->eventType == PEER_GROUP_EVENT_STATUS_CHANGED) results.push_back(it->dwStatus);
    if (it->eventType == PEER_GROUP_EVENT_INCOMING_DATA) {
      results.push_back({std::to_string(it->incomingData.ullConnectionId),
                         hex(it->incomingData.data.pbData, it->incomingData.data.cbData)});
    }
    PeerFreeData(it);
  }
  results.push_back(code(PeerGroupUnregisterEvent(peer_event)));
  CloseHandle(event);

  HPEERENUM members = nullptr;
  PeerGroupEnumMembers(group, 0, nullptr, &members);
  ULONG count = 2;
  PVOID* items = nullptr;
  PeerGetNextItem(members, &count, &items);
  const auto& member = **static_cast<PPEER_MEMBER*>(static_cast<void*>(items));
  results.push_back({count, member.dwSize, std::to_string(member.ullNodeId), member.cAddresses,
                     ntohs(member.pAddresses[1].sin6.sin6_port), narrow(member.pCredentialInfo->pwzFriendlyName)});
  PeerFreeData(items);
  PeerEndEnumeration(members);
  results.push_back(code(PeerGroupClose(group)));
}

void collaboration() {
  const HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  results.push_back(code(PeerCollabSignin(nullptr, PEER_SIGNIN_ALL)));
  PEER_ENDPOINT endpoint{{sizeof(PEER_ADDRESS), {}}, text(L"Rechner ü")};
  endpoint.address.sin6.sin6_family = AF_INET6;
  BYTE data[] = {1, 2, 3};
  PEER_INVITATION invitation{kFirst, {sizeof data, data}, text(L"日")};
  HANDLE inviting = nullptr;
  results.push_back(code(PeerCollabAsyncInviteEndpoint(&endpoint, &invitation, event, &inviting)));
  WaitForSingleObject(event, INFINITE);
  PPEER_INVITATION_RESPONSE response = nullptr;
  results.push_back(code(PeerCollabGetInvitationResponse(inviting, &response)));
  results.push_back({response->action, narrow(response->pwzMessage), code(response->hrExtendedInfo)});
  PeerFreeData(response);
  results.push_back(code(PeerCollabCloseHandle(inviting)));
  results.push_back(code(PeerCollabAddContact(L"<c/>", nullptr)));

  PEER_COLLAB_EVENT_REGISTRATION registration{PEER_EVENT_PEOPLE_NEAR_ME_CHANGED, nullptr};
  HPEEREVENT peer_event = nullptr;
  results.push_back(code(PeerCollabRegisterEvent(event, 1, &registration, &peer_event)));
  WaitForSingleObject(event, INFINITE);
  PPEER_COLLAB_EVENT_DATA changed = nullptr;
  results.push_back(code(PeerCollabGetEventData(peer_event, &changed)));
  const auto& near_me = changed->peopleNearMeChangedData;
  results.push_back({near_me.changeType, narrow(near_me.pPeopleNearMe->endpoint.pwzEndpointName),
                     guid_text(near_me.pPeopleNearMe->id)});
  PeerFreeData(changed);
  changed = nullptr;
  results.push_back(code(PeerCollabGetEventData(peer_event, &changed)));
  results.push_back(code(PeerCollabUnregisterEvent(peer_event)));
  CloseHandle(event);
}

}  // namespace

int main(int count, char** arguments) {
  return play(count, arguments, {{"grouping", grouping}, {"collaboration", collaboration}});
}

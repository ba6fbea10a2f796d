// p2p.dll: the exports of its areas are generated from the inventory (table.ts), against mingw-w64's prototypes. What
// reads from an enumeration or frees what any of them gave is here.
#include "call.h"
#include "p2p-fields.inc"

using namespace doubles;

extern "C" {

#include "p2p-exports.inc"

VOID WINAPI PeerFreeData(LPCVOID pvData) {
  Call call("PeerFreeData");
  call.frees("pvData", pvData);
  call.answer();
}

HRESULT WINAPI PeerGetItemCount(HPEERENUM hPeerEnum, ULONG* pCount) {
  Call call("PeerGetItemCount");
  const auto enumeration = call.uses("hPeerEnum", hPeerEnum, "HPEERENUM");
  call.out("pCount", pCount);
  call.otherwise([&](json& answer) {
    if (enumeration != nullptr) answer.emplace("pCount", enumeration->contents.size());
  });
  return call.answer();
}

HRESULT WINAPI PeerGetNextItem(HPEERENUM hPeerEnum, ULONG* pCount, PVOID** pppvItems) {
  Call call("PeerGetNextItem");
  const auto enumeration = call.uses("hPeerEnum", hPeerEnum, "HPEERENUM");
  call.in("pCount", pCount, kRequired);
  call.out("pppvItems", pppvItems, pCount, enumeration);
  return call.answer();
}
}

// Calls every export of identity and pnrp through mingw-w64's prototypes and import library, and prints as JSON what
// came back: the doubles' own test holds it against the script, and the doubles' log against what is handed over here.
#include "program.h"

namespace {

template <class Function, class... In>
void text_of(Function function, In... in) {
  PWSTR text = nullptr;
  const HRESULT result = function(in..., &text);
  results.push_back({code(result), taken(text)});
}

json name_pairs(HPEERENUM enumeration, ULONG each) {
  json pairs = json::array();
  ULONG count;
  PeerGetItemCount(enumeration, &count);
  pairs.push_back(count);
  do {
    PVOID* items = nullptr;
    count = each;
    PeerGetNextItem(enumeration, &count, &items);
    for (ULONG at = 0; at < count; at++) {
      const auto pair = static_cast<PPEER_NAME_PAIR*>(static_cast<void*>(items))[at];
      pairs.push_back({pair->dwSize, narrow(pair->pwzPeerName),
                       pair->pwzFriendlyName ? json(narrow(pair->pwzFriendlyName)) : json()});
    }
    PeerFreeData(items);
  } while (count == each);
  pairs.push_back(code(PeerEndEnumeration(enumeration)));
  return pairs;
}

// A key of its own, so that the double must have found it by itself.
HCRYPTPROV new_key() {
  HCRYPTPROV provider;
  HCRYPTKEY key;
  if (!CryptAcquireContextW(&provider, nullptr, MS_ENHANCED_PROV_W, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT))
    die("no provider");
  if (!CryptGenKey(provider, AT_KEYEXCHANGE, 1024 << 16 | CRYPT_EXPORTABLE, &key)) die("no key");
  CryptDestroyKey(key);
  return provider;
}

json public_key(HCRYPTPROV provider) {
  HCRYPTKEY key;
  BYTE blob[512];
  DWORD size = sizeof blob;
  if (!CryptGetUserKey(provider, AT_KEYEXCHANGE, &key)) return nullptr;
  CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &size);
  CryptDestroyKey(key);
  return hex(blob, size);
}

void identity() {
  const HCRYPTPROV provider = new_key();
  text_of(PeerIdentityCreate, L"Grüße", L"Ωmega 😀", provider);
  results.push_back(public_key(provider));
  CryptReleaseContext(provider, 0);
  text_of(PeerIdentityCreate, nullptr, nullptr, HCRYPTPROV());
  text_of(PeerIdentityGetFriendlyName, nullptr);
  results.push_back(code(PeerIdentitySetFriendlyName(L"a.b", L"")));
  HCRYPTPROV given = 0;
  results.push_back(code(PeerIdentityGetCryptKey(L"a.b", &given)));
  results.push_back(public_key(given));
  CryptReleaseContext(given, 0);
  results.push_back(code(PeerIdentityDelete(L"a.b")));
  text_of(PeerCreatePeerName, nullptr, L"λ");
  text_of(PeerIdentityGetXML, L"a.b");
  text_of(PeerIdentityExport, L"a.b", L"pass wörd");
  text_of(PeerIdentityImport, L"<PEERIDENTITYEXPORT/>", L"");
  text_of(PeerIdentityGetDefault);
}

void enumerations() {
  HPEERENUM many = nullptr, none = nullptr;
  PeerEnumIdentities(&many);
  PeerEnumGroups(L"a.b", &none);
  results.push_back(name_pairs(many, 2));
  results.push_back(name_pairs(none, 2));
}

json endpoint_of(const PEER_PNRP_ENDPOINT_INFO& it) {
  json addresses = json::array();
  for (ULONG at = 0; at < it.cAddresses; at++) {
    const bool six = it.ppAddresses[at]->sa_family == AF_INET6;
    addresses.push_back(hex(it.ppAddresses[at], six ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN)));
  }
  return {narrow(it.pwzPeerName), addresses, it.pwzComment ? json(narrow(it.pwzComment)) : json(),
          hex(it.payload.pbData, it.payload.cbData)};
}

void names() {
  text_of(PeerNameToPeerHostName, L"0.ü");
  text_of(PeerHostNameToPeerName, L"p.pnrp.net");
  results.push_back(code(PeerPnrpStartup(PNRP_VERSION)));
  ULONG count = 7;
  PPEER_PNRP_CLOUD_INFO clouds = nullptr;
  const HRESULT result = PeerPnrpGetCloudInfo(&count, &clouds);
  json list = json::array();
  for (ULONG at = 0; at < count; at++)
    list.push_back({narrow(clouds[at].pwzCloudName), clouds[at].dwScope, clouds[at].dwScopeId});
  PeerFreeData(clouds);
  results.push_back({code(result), list});
  results.push_back(code(PeerPnrpShutdown()));
}

void registration() {
  SOCKADDR_IN6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(0x1234);
  six.sin6_flowinfo = 1;
  std::memset(&six.sin6_addr, 0xfe, sizeof six.sin6_addr);
  six.sin6_scope_id = 0x89abcdef;
  SOCKADDR_IN four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(0xffff);
  four.sin_addr.s_addr = htonl(0x7f000001);
  SOCKADDR* addresses[] = {reinterpret_cast<SOCKADDR*>(&six), reinterpret_cast<SOCKADDR*>(&four)};
  wchar_t cloud[] = L"LinkLocal_ff00::%1/8", identity[] = L"a.b", comment[] = L"日本語";
  BYTE payload[] = {0, 1, 0xfe, 0xff};

  HREGISTRATION everywhere = nullptr, full = nullptr;
  results.push_back(code(PeerPnrpRegister(L"0.ü", nullptr, &everywhere)));
  PEER_PNRP_REGISTRATION_INFO info{cloud, identity, 2, addresses, 0x8001, comment, {sizeof payload, payload}};
  results.push_back(code(PeerPnrpRegister(L"0.ü", &info, &full)));
  PEER_PNRP_REGISTRATION_INFO automatic{nullptr, nullptr, PEER_PNRP_AUTO_ADDRESSES, nullptr, 80, nullptr, {0, nullptr}};
  results.push_back(code(PeerPnrpUpdateRegistration(everywhere, &automatic)));
  results.push_back(code(PeerPnrpUnregister(everywhere)));
  results.push_back(code(PeerPnrpUnregister(full)));
}

void resolve() {
  ULONG count = 5;
  PPEER_PNRP_ENDPOINT_INFO endpoints = nullptr;
  results.push_back(code(PeerPnrpResolve(L"0.ü", nullptr, &count, &endpoints)));
  for (ULONG at = 0; at < count; at++) results.push_back(endpoint_of(endpoints[at]));
  PeerFreeData(endpoints);

  const HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  HRESOLUTION resolution = nullptr;
  results.push_back(code(PeerPnrpStartResolve(L"0.ü", L"Global_", ~0UL, event, &resolution)));
  for (HRESULT result = S_OK; result == S_OK;) {
    WaitForSingleObject(event, INFINITE);
    PPEER_PNRP_ENDPOINT_INFO endpoint = nullptr;
    result = PeerPnrpGetEndpoint(resolution, &endpoint);
    results.push_back(endpoint ? endpoint_of(*endpoint) : json(code(result)));
    PeerFreeData(endpoint);
  }
  results.push_back(code(PeerPnrpEndResolve(resolution)));
  CloseHandle(event);
}

// A search that ends before its event is set, and calls that last.
void gates() {
  const HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  HRESOLUTION resolution = nullptr;
  PeerPnrpStartResolve(L"0.a", nullptr, 1, event, &resolution);
  results.push_back(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
  text_of(PeerIdentityGetDefault);
  WaitForSingleObject(event, INFINITE);
  results.push_back(code(PeerPnrpEndResolve(resolution)));
  CloseHandle(event);
}

void misuse() {
  PWSTR text = nullptr;
  results.push_back(code(PeerIdentityGetDefault(nullptr)));
  results.push_back(code(PeerIdentityDelete(nullptr)));
  results.push_back(code(PeerEndEnumeration(nullptr)));
  PeerIdentityGetDefault(&text);
  results.push_back(code(PeerIdentityGetDefault(&text)));
  PeerFreeData(text + 1);
  PeerFreeData(text);
  PeerFreeData(text);
  HREGISTRATION registration = nullptr;
  PEER_PNRP_REGISTRATION_INFO info{nullptr, nullptr, 1, nullptr, 0, nullptr, {1, nullptr}};
  results.push_back(code(PeerPnrpRegister(L"0.a", &info, &registration)));
  HRESOLUTION resolution = nullptr;
  results.push_back(code(PeerPnrpStartResolve(L"0.a", nullptr, 1, reinterpret_cast<HANDLE>(0x7ffffffc), &resolution)));
  HPEERENUM left = nullptr;
  PeerEnumIdentities(&left);
  results.push_back(code(PeerPnrpUnregister(left)));
  PWSTR kept = nullptr;
  PeerIdentityGetDefault(&kept);
}

}  // namespace

int main(int count, char** arguments) {
  return play(count, arguments,
              {{"identity", identity},
               {"enumerations", enumerations},
               {"names", names},
               {"registration", registration},
               {"resolve", resolve},
               {"gates", gates},
               {"misuse", misuse}});
}

// Calls every export of the three DLLs of the DRT by the prototypes of the inventory, and prints as JSON what came
// back.
#include "program.h"
// After the types that they use.
#include "declarations.inc"
// After the declarations.
#include "prototypes.inc"

namespace {

wchar_t* text(const wchar_t* it) {
  return const_cast<wchar_t*>(it);
}

// A security provider of the caller's own, which counts who is attached.
int attached = 0;
DRT_SECURITY_PROVIDER own_provider(HRESULT (*attach)(const PVOID)) {
  DRT_SECURITY_PROVIDER it{};
  it.pvContext = &attached;
  it.Attach = attach;
  it.Detach = [](const PVOID context) { --*static_cast<int*>(context); };
  return it;
}

struct Built {
  HDRT_TRANSPORT transport = nullptr;
  DRT_SECURITY_PROVIDER* security = nullptr;
  DRT_BOOTSTRAP_PROVIDER* bootstrap = nullptr;

  Built() {
    USHORT port = 0;
    DrtCreateIpv6UdpTransport(DRT_LINK_LOCAL_SCOPE, 0xfffffffe, 300, &port, &transport);
    results.push_back(port);
    DrtCreateNullSecurityProvider(&security);
    DrtCreateDnsBootstrapResolver(0xffff, L"ü.example", &bootstrap);
  }

  ~Built() {
    DrtDeleteDnsBootstrapResolver(bootstrap);
    DrtDeleteNullSecurityProvider(security);
    results.push_back(code(DrtDeleteIpv6UdpTransport(transport)));
  }

  DRT_SETTINGS settings() const {
    DRT_SETTINGS it{};
    it.dwSize = sizeof it;
    it.cbKey = 32;
    it.bProtocolMajorVersion = 6;
    it.bProtocolMinorVersion = 255;
    it.ulMaxRoutingAddresses = 4;
    it.pwzDrtInstancePrefix = text(L"Präfix 😀");
    it.hTransport = transport;
    it.pSecurityProvider = security;
    it.pBootstrapProvider = bootstrap;
    it.eSecurityMode = DRT_SECURE_CONFIDENTIALPAYLOAD;
    return it;
  }
};

void providers() {
  const Built built;
  DRT_BOOTSTRAP_PROVIDER* pnrp = nullptr;
  results.push_back(code(DrtCreatePnrpBootstrapResolver(TRUE, L"0.ü", nullptr, L"a.b", &pnrp)));
  BYTE encoded[] = {0x30, 0x01, 0xff};
  CERT_CONTEXT certificate{X509_ASN_ENCODING, encoded, sizeof encoded, nullptr, nullptr};
  DRT_SECURITY_PROVIDER* derived = nullptr;
  results.push_back(code(DrtCreateDerivedKeySecurityProvider(&certificate, nullptr, &derived)));
  BYTE key[32] = {};
  DRT_DATA data{sizeof key, key};
  results.push_back(code(DrtCreateDerivedKey(&certificate, &data)));
  results.push_back(hex(key, 32));
  data.cb = 8;
  results.push_back(code(DrtCreateDerivedKey(&certificate, &data)));
  DrtDeletePnrpBootstrapResolver(pnrp);
  DrtDeleteDerivedKeySecurityProvider(derived);
}

void instance() {
  const Built built;
  const HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  DRT_SETTINGS settings = built.settings();
  DRT_SECURITY_PROVIDER own = own_provider([](const PVOID context) -> HRESULT {
    ++*static_cast<int*>(context);
    return S_OK;
  });
  settings.pSecurityProvider = &own;
  HDRT drt = nullptr;
  results.push_back(code(DrtOpen(&settings, event, &settings, &drt)));
  results.push_back(attached);
  ULONG size = 0;
  results.push_back(code(DrtGetInstanceNameSize(drt, &size)));
  std::wstring name(size / sizeof(wchar_t), L'\0');
  results.push_back(code(DrtGetInstanceName(drt, size - 1, name.data())));
  results.push_back(code(DrtGetInstanceName(drt, size, name.data())));
  results.push_back(narrow(name.c_str()));

  WaitForSingleObject(event, INFINITE);
  while (DrtGetEventDataSize(drt, &size) == S_OK) {
    std::vector<std::max_align_t> buffer(size / sizeof(std::max_align_t) + 1);
    auto* const it = reinterpret_cast<DRT_EVENT_DATA*>(buffer.data());
    if (DrtGetEventData(drt, size - 1, it) != static_cast<HRESULT>(0x8062210c)) results.push_back("no insufficiency");
    results.push_back(code(DrtGetEventData(drt, size, it)));
    results.push_back({code(it->hr), it->pvContext == &settings});
    if (it->type == DRT_EVENT_STATUS_CHANGED) {
      const auto& addresses = it->statusChange.bootstrapAddresses;
      results.push_back({it->statusChange.status, addresses.cntAddress, hex(addresses.pAddresses, 28)});
    } else if (it->type == DRT_EVENT_LEAFSET_KEY_CHANGED) {
      results.push_back(hex(it->leafsetKeyChange.remoteKey.pb, it->leafsetKeyChange.remoteKey.cb));
    } else {
      results.push_back(it->registrationStateChange.state);
    }
  }

  BYTE key[32] = {0xff}, payload[] = {1, 2};
  DRT_REGISTRATION registration{{sizeof key, key}, {sizeof payload, payload}};
  HDRT_REGISTRATION_CONTEXT registered = nullptr;
  results.push_back(code(DrtRegisterKey(drt, &registration, &key, &registered)));
  results.push_back(code(DrtUpdateKey(registered, &registration.appData)));
  DrtUnregisterKey(registered);
  DrtClose(drt);
  results.push_back(attached);
  CloseHandle(event);
}

void search() {
  const Built built;
  const DRT_SETTINGS settings = built.settings();
  HDRT drt = nullptr;
  results.push_back(code(DrtOpen(&settings, nullptr, nullptr, &drt)));
  const HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  BYTE key[32] = {}, greatest[32];
  std::memset(greatest, 0xff, sizeof greatest);
  DRT_DATA target{sizeof key, key}, maximum{sizeof greatest, greatest};
  DRT_SEARCH_INFO info{sizeof info, TRUE, FALSE, TRUE, 0xffffffff, &maximum, &target};
  HDRT_SEARCH_CONTEXT searching = nullptr;
  results.push_back(code(DrtStartSearch(drt, &target, &info, 0xfffffffe, event, &info, &searching)));
  ULONG size = 0;
  WaitForSingleObject(event, INFINITE);
  while (DrtGetSearchResultSize(searching, &size) == S_OK) {
    std::vector<std::max_align_t> buffer(size / sizeof(std::max_align_t) + 1);
    auto* const it = reinterpret_cast<DRT_SEARCH_RESULT*>(buffer.data());
    results.push_back(code(DrtGetSearchResult(searching, size, it)));
    const auto& data = it->registration.appData;
    results.push_back({it->dwSize, it->type, it->pvContext == &info, hex(data.pb, data.cb)});
    results.push_back(code(DrtContinueSearch(searching)));
  }
  results.push_back(code(DrtGetSearchPathSize(searching, &size)));
  std::vector<std::max_align_t> buffer(size / sizeof(std::max_align_t) + 1);
  auto* const path = reinterpret_cast<DRT_ADDRESS_LIST*>(buffer.data());
  results.push_back(code(DrtGetSearchPath(searching, size, path)));
  const auto& last = path->AddressList[1];
  results.push_back({size, path->AddressCount, last.flags, last.nearness, last.latency});
  results.push_back(code(DrtEndSearch(searching)));
  DrtClose(drt);
  CloseHandle(event);
}

void misuse() {
  Built built;
  DRT_SETTINGS settings = built.settings();
  HDRT drt = nullptr;
  settings.hTransport = &settings;
  results.push_back(code(DrtOpen(&settings, nullptr, nullptr, &drt)));
  settings.hTransport = built.transport;
  settings.dwSize = 3;
  results.push_back(code(DrtOpen(&settings, nullptr, nullptr, &drt)));
  settings.dwSize = sizeof settings;
  DRT_SECURITY_PROVIDER refuses = own_provider([](const PVOID) -> HRESULT { return E_ACCESSDENIED; });
  settings.pSecurityProvider = &refuses;
  results.push_back(code(DrtOpen(&settings, nullptr, nullptr, &drt)));
  DrtDeletePnrpBootstrapResolver(built.bootstrap);
}

}  // namespace

int main(int count, char** arguments) {
  return play(count, arguments,
              {{"providers", providers}, {"instance", instance}, {"search", search}, {"misuse", misuse}});
}

#ifndef WINPEER_MARSHAL_SOCKET_ADDRESS_H_
#define WINPEER_MARSHAL_SOCKET_ADDRESS_H_

#include <napi.h>
#include <winsock2.h>
// After winsock2.h, which it extends.
#include <ws2tcpip.h>

#include <vector>

namespace winpeer {

// { address: Uint8Array of 16 bytes, or of 4 for IPv4, port: number, scopeId: number }
union SocketAddress {
  SOCKADDR any;
  SOCKADDR_IN four;
  SOCKADDR_IN6 six;
};

SocketAddress ToSocketAddress(const Napi::Value& value, const char* name);

// A copy; an address of no family of the Internet has no place in JavaScript.
std::vector<SocketAddress> CopySocketAddresses(SOCKADDR* const* addresses, ULONG count);

Napi::Value FromSocketAddresses(Napi::Env env, const std::vector<SocketAddress>& addresses);

}  // namespace winpeer

#endif  // WINPEER_MARSHAL_SOCKET_ADDRESS_H_

#ifndef WINPEER_DOUBLES_MODEL_H_
#define WINPEER_DOUBLES_MODEL_H_

#include <winsock2.h>

#include <string>

#include "stage.h"

namespace doubles {

// Asks who plays Windows to this process: one connection a call, so that calls which last hold up no others. Node.js, or
// whoever else loaded the double, has started Winsock.
inline json ask(const json& model, json question) {
  question["process"] = model.at("process");
  const std::string line = question.dump() + '\n';
  const SOCKET socket = ::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(model.at("port").get<u_short>());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("nobody plays Windows");
  for (size_t sent = 0; sent < line.size();) {
    const int part = send(socket, line.data() + sent, static_cast<int>(line.size() - sent), 0);
    if (part <= 0) die("nobody hears a question");
    sent += part;
  }
  std::string answer;
  char part[4096];
  for (int got; (got = recv(socket, part, sizeof part, 0)) > 0;) answer.append(part, got);
  closesocket(socket);
  if (answer.empty()) die("nobody answers a question");
  return json::parse(answer);
}

}  // namespace doubles

#endif  // WINPEER_DOUBLES_MODEL_H_

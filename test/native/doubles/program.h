#ifndef WINPEER_DOUBLES_PROGRAM_H_
#define WINPEER_DOUBLES_PROGRAM_H_

#include <iostream>
#include <map>
#include <string>

#include "values.h"

// What the programs that call doubles share.

using namespace doubles;

inline json results = json::array();

inline std::string code(HRESULT result) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%08lx", static_cast<unsigned long>(result));
  return text;
}

// As the literal bytes, terminator included, and gone.
inline json taken(PWSTR text) {
  if (text == nullptr) return nullptr;
  const json bytes = hex(text, (std::wcslen(text) + 1) * sizeof(wchar_t));
  PeerFreeData(text);
  return bytes;
}

// Plays the part that the first argument names, and prints what came of its calls.
inline int play(int count, char** arguments, const std::map<std::string, void (*)()>& parts) {
  parts.at(count > 1 ? arguments[1] : "")();
  std::cout << results.dump() << std::endl;
  return 0;
}

#endif  // WINPEER_DOUBLES_PROGRAM_H_

// Any of the DLLs: what its areas have of declarations, structures and exports is generated from the inventory
// (table.ts).
#include "call.h"
#include "declarations.inc"
#include "fields.inc"
// After the structures that it walks.
#include "call.inc"

using namespace doubles;

extern "C" {

#include "exports.inc"

// So that the doubles of other DLLs know what this one opened.
const char* DoubleHandleName(const void* value) {
  static thread_local std::string name;
  const auto handle = Handles::open().get(value);
  name = handle == nullptr ? "" : handle->name;
  return handle == nullptr ? nullptr : name.c_str();
}
}

// Any of the DLLs: what its areas have of declarations, structures and exports is generated from the inventory
// (table.ts).
#include "call.h"
#include "declarations.inc"
#include "fields.inc"
// After the structures that they walk.
#include "graph-call.h"
#include "overlapped-call.h"

using namespace doubles;

extern "C" {

#include "exports.inc"
}

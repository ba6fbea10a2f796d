#ifndef WINPEER_MARSHAL_NAME_PAIR_H_
#define WINPEER_MARSHAL_NAME_PAIR_H_

#include "../runtime/pending-calls.h"

namespace winpeer {

// PEER_NAME_PAIR -> { peerName, friendlyName }
Outcome::ToJs CopyNamePair(const void* item);

}  // namespace winpeer

#endif  // WINPEER_MARSHAL_NAME_PAIR_H_

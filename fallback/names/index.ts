import type { NamesBackend } from '../../lib/backend/contract/names.js';
import type { Readings } from '../wire/readings.js';
import { fromHostName, toHostName } from './host-name.js';
import { p2pId } from './p2p-id.js';
import { createPeerName, parsePeerName } from './peer-name.js';

export function createNames(readings: Readings): NamesBackend {
  return {
    parse: (peerName) => parsePeerName(peerName, 'parsing a peer name'),
    create: createPeerName,
    toHostName: (peerName) => toHostName(peerName, readings),
    fromHostName,
    p2pId: (peerName) => p2pId(parsePeerName(peerName, 'computing a P2P ID'), readings),
  };
}

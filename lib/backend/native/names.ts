import type { NamesBackend } from '../contract/names.js';
import type { Addon, NameCalls } from './addon.js';
import { checkOptionalText, checkText, peerErrorOf } from './calls.js';
import { missing, type Refusal } from './probe.js';

const DLL = 'p2p.dll';

const EXPORTS: readonly string[] = [
  'PeerFreeData',
  'PeerCreatePeerName',
  'PeerNameToPeerHostName',
  'PeerHostNameToPeerName',
];

/** Why Windows can't make names here; `undefined` where it can. */
export function probeNames(addon: Addon): Refusal | undefined {
  return missing(addon, DLL, EXPORTS);
}

/** Windows' own names: what its resolver looks up is what it makes of a host name. The rest is `text`, which asks nobody. */
export function createNativeNames(addon: NameCalls, text: NamesBackend): NamesBackend {
  return {
    ...text,
    create(identity, classifier) {
      const operation = 'PeerCreatePeerName';
      checkOptionalText('identity', identity, operation, 'PEER_E_INVALID_PEER_NAME');
      checkOptionalText('classifier', classifier, operation, 'PEER_E_INVALID_CLASSIFIER');
      return asked(() => addon.PeerCreatePeerName(identity, classifier));
    },
    toHostName(peerName) {
      checkText('peerName', peerName, 'PeerNameToPeerHostName', 'PEER_E_INVALID_PEER_NAME');
      return asked(() => addon.PeerNameToPeerHostName(peerName));
    },
    fromHostName(hostName) {
      checkText('hostName', hostName, 'PeerHostNameToPeerName', 'PEER_E_INVALID_PEER_HOST_NAME');
      return asked(() => addon.PeerHostNameToPeerName(hostName));
    },
  };
}

function asked(call: () => string): string {
  try {
    return call();
  } catch (error) {
    throw peerErrorOf(error);
  }
}

import type { PeerNameParts } from './backend/contract/names.js';
import type { Runtime } from './runtime.js';

export type { PeerNameParts } from './backend/contract/names.js';

/** Peer names as text. [MS-PNRP] 2.2.4. */
export class Names {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * The parts of a peer name: `0.classifier`, or 40 hexadecimal digits with or without `.classifier`. The authority
   * comes back in lower case. Throws `PEER_E_INVALID_PEER_NAME`.
   */
  parse(peerName: string): PeerNameParts {
    return this.#runtime.names().parse(peerName);
  }

  /**
   * The name of `identity`'s authority with another classifier. Without identity the unsecured name `0.classifier`;
   * without classifier the identity's own name. Nothing is stored. Throws `E_INVALIDARG` without both,
   * `PEER_E_INVALID_PEER_NAME`, `PEER_E_INVALID_CLASSIFIER`.
   * @win32 PeerCreatePeerName
   */
  create(identity: string | null, classifier: string | null): string {
    return this.#runtime.names().create(identity, classifier);
  }

  /**
   * The name in the form of a DNS name below `pnrp.net`. Throws `PEER_E_INVALID_PEER_NAME`,
   * `PEER_E_CANNOT_CONVERT_PEER_NAME` where that would be longer than the 253 characters of a DNS name.
   * @win32 PeerNameToPeerHostName
   */
  toHostName(peerName: string): string {
    return this.#runtime.names().toHostName(peerName);
  }

  /**
   * The peer name that a host name below `pnrp.net` stands for. Throws `PEER_E_INVALID_PEER_HOST_NAME`.
   * @win32 PeerHostNameToPeerName
   */
  fromHostName(hostName: string): string {
    return this.#runtime.names().fromHostName(hostName);
  }

  /** The P2P ID: the upper half of every PNRP ID of the name, 32 hexadecimal digits. [MS-PNRP] 3.1.4.4.1. */
  p2pId(peerName: string): string {
    return this.#runtime.names().p2pId(peerName);
  }
}

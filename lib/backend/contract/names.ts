/** Peer names as text: pure, so synchronous. [MS-PNRP] 2.2.4, 3.1.4.4.1. */
export interface NamesBackend {
  /** Throws `PEER_E_INVALID_PEER_NAME` for anything that is not a peer name. */
  parse(peerName: string): PeerNameParts;
  /** `PeerCreatePeerName`; throws `E_INVALIDARG` when both are null, `PEER_E_INVALID_CLASSIFIER`, `PEER_E_INVALID_PEER_NAME`. */
  create(identity: string | null, classifier: string | null): string;
  /** `PeerNameToPeerHostName`; throws `PEER_E_INVALID_PEER_NAME`, `PEER_E_CANNOT_CONVERT_PEER_NAME`. */
  toHostName(peerName: string): string;
  /** `PeerHostNameToPeerName`; throws `PEER_E_INVALID_PEER_HOST_NAME`. */
  fromHostName(hostName: string): string;
  /** The upper 128 bits of every PNRP ID of the name, as 32 hexadecimal digits. [MS-PNRP] 3.1.4.4.1. */
  p2pId(peerName: string): string;
}

export interface PeerNameParts {
  /** `0`, or 40 lower-case hexadecimal digits: SHA-1 of the identity's public key. */
  readonly authority: string;
  /** Empty where a secure name has none; up to 149 UTF-16 units. */
  readonly classifier: string;
  readonly secure: boolean;
}

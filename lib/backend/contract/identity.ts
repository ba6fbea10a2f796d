import type { AreaLifetime } from './backend.js';
import type { HashName } from './host.js';

/** Identity Manager. A null identity is the user's default one, which comes into being where it must. */
export interface IdentityBackend extends AreaLifetime {
  /**
   * `PeerIdentityCreate`. The friendly name defaults to the peer name. `PEER_E_ALREADY_EXISTS` for the same key and
   * classifier, `E_INVALIDARG`, `PEER_E_INVALID_CLASSIFIER`, `PEER_E_TOO_MANY_IDENTITIES`, `PEER_E_NO_KEY_ACCESS`.
   */
  create(options: IdentityCreateOptions): Promise<string>;
  /** `PeerEnumIdentities`, by peer name. */
  enumerate(): Promise<readonly NamePair[]>;
  /** `PeerIdentityGetDefault`. */
  getDefault(): Promise<string>;
  /** `PeerIdentityGetFriendlyName`; `PEER_E_NOT_FOUND`. */
  getFriendlyName(identity: string | null): Promise<string>;
  /** `PeerIdentitySetFriendlyName`; null or empty resets it to the peer name. `PEER_E_NOT_FOUND`. */
  setFriendlyName(identity: string | null, friendlyName: string | null): Promise<void>;
  /** `PeerIdentityDelete`; `PEER_E_GROUPS_EXIST`, `PEER_E_NOT_FOUND`. */
  delete(identity: string): Promise<void>;
  /** `PeerIdentityGetXML`: a PEERIDENTITYINFO fragment. */
  getXml(identity: string | null): Promise<string>;
  /** `PeerIdentityExport`: a PEERIDENTITYEXPORT fragment. The password must not be empty. */
  export(identity: string | null, password: string): Promise<string>;
  /** `PeerIdentityImport`; `E_INVALIDARG` for tampered text or a wrong password, `PEER_E_ALREADY_EXISTS`. */
  import(xml: string, password: string): Promise<string>;
  /** `PeerEnumGroups`; `PEER_E_NOT_FOUND` for an unknown identity. */
  enumerateGroups(identity: string | null): Promise<readonly NamePair[]>;
  /** `PeerIdentityGetCryptKey`; `PEER_E_NOT_FOUND`, `PEER_E_NO_KEY_ACCESS`. */
  getCryptKey(identity: string | null): Promise<CryptKey>;
  /** What other areas need to speak in the identity's name. */
  signer(identity: string | null): Promise<Signer>;
}

export interface IdentityCreateOptions {
  readonly classifier?: string;
  readonly friendlyName?: string;
  /** An existing RSA exchange key, PKCS#8 DER, at least 1024 bits; without it a new one is generated. */
  readonly privateKey?: Uint8Array;
  /** Size of a new key: 1024, the only one that PNRP and grouping can carry, unless given. */
  readonly keyBits?: number;
}

/** PEER_NAME_PAIR. */
export interface NamePair {
  readonly peerName: string;
  readonly friendlyName: string;
}

/** The identity's key for an application's own use: the AT_KEYEXCHANGE pair, so it signs and decrypts. */
export interface CryptKey {
  readonly bits: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** RSASSA-PKCS1-v1_5. */
  sign(hash: HashName, bytes: Uint8Array): Promise<Uint8Array>;
  /** RSAES-PKCS1-v1_5; `E_INVALIDARG` for what this key can't open. */
  decrypt(bytes: Uint8Array): Promise<Uint8Array>;
  /** Releases the key; using it afterwards is `E_HANDLE`. */
  close(): void;
}

export interface Signer {
  readonly peerName: string;
  /** The self-signed identity certificate, DER. */
  readonly certificate: Uint8Array;
  /** RSAPublicKey, DER: what the authority of the peer name is the SHA-1 of. */
  readonly publicKey: Uint8Array;
  /** RSASSA-PKCS1-v1_5. */
  sign(hash: HashName, bytes: Uint8Array): Promise<Uint8Array>;
  /** For TLS between members: PKCS#8 DER. */
  tlsPrivateKey(): Promise<Uint8Array>;
}

/** The groups of an identity, as the grouping area knows them. */
export interface IdentityGroups {
  enumerate(identity: string): Promise<readonly NamePair[]>;
}

/**
 * Reads the texts that identities travel in. The native backend has no codecs of its own: the platform hands it those of
 * the fallback. What can't be read is rejected.
 */
export interface IdentityReader {
  /** The certificate in a PEERIDENTITYINFO fragment, DER. */
  readInfo(xml: string): Promise<Uint8Array>;
  /** The private key in a PEERIDENTITYEXPORT fragment, PKCS#8 DER. */
  readExport(xml: string, password: string): Promise<{ readonly privateKey: Uint8Array }>;
}

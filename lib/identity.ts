import type { CryptKey, IdentityCreateOptions, NamePair, Signer } from './backend/contract/identity.js';
import { invalidArgType } from './errors.js';
import type { Runtime } from './runtime.js';

export type { CryptKey, IdentityCreateOptions, NamePair, Signer } from './backend/contract/identity.js';

/**
 * The user's identities: RSA key pairs with a peer name, a friendly name and a self-signed certificate, stored in the
 * platform's home until deleted. [MS-PPSEC] 1.3.2, 2.2.5.
 */
export class IdentityManager {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Makes an identity and stores it at once. The key is a new RSA key of 1,024 bits, the only size that PNRP and
   * grouping can carry, unless `keyBits` or `privateKey` is given. Rejects with `PEER_E_ALREADY_EXISTS` for the same
   * key and classifier, `PEER_E_INVALID_CLASSIFIER`, `E_INVALIDARG`, `PEER_E_TOO_MANY_IDENTITIES`,
   * `PEER_E_NO_KEY_ACCESS`, `PEER_E_DISK_FULL`, `PEER_E_CERT_STORE_CORRUPTED`.
   * @win32 PeerIdentityCreate
   */
  async create(options: IdentityCreateOptions = {}): Promise<Identity> {
    optionalText('classifier', options.classifier);
    optionalText('friendlyName', options.friendlyName);
    const peerName = await this.#runtime.call('identity', 'PeerIdentityCreate', (backend) => backend.create(options));
    return new Identity(this.#runtime, { peerName, friendlyName: options.friendlyName || peerName });
  }

  /**
   * Every identity of the user, by peer name.
   * @win32 PeerEnumIdentities, PeerGetItemCount, PeerGetNextItem, PeerEndEnumeration
   */
  async list(): Promise<Identity[]> {
    const pairs = await this.#runtime.call('identity', 'PeerEnumIdentities', (backend) => backend.enumerate());
    return pairs.map((pair) => new Identity(this.#runtime, pair));
  }

  /**
   * The user's default identity; it is made when there is none.
   * @win32 PeerIdentityGetDefault
   */
  async default(): Promise<Identity> {
    return this.get(await this.#runtime.call('identity', 'PeerIdentityGetDefault', (backend) => backend.getDefault()));
  }

  /**
   * The identity of that peer name. Rejects with `PEER_E_NOT_FOUND`.
   * @win32 PeerIdentityGetFriendlyName
   */
  async get(peerName: string): Promise<Identity> {
    text('peerName', peerName);
    const friendlyName = await this.#runtime.call('identity', 'PeerIdentityGetFriendlyName', (backend) =>
      backend.getFriendlyName(peerName),
    );
    return new Identity(this.#runtime, { peerName, friendlyName });
  }

  /**
   * Stores an exported identity. Rejects with `E_INVALIDARG` for a wrong password or tampered text,
   * `PEER_E_ALREADY_EXISTS`.
   * @win32 PeerIdentityImport
   */
  async import(xml: string, options: { readonly password: string }): Promise<Identity> {
    text('xml', xml);
    const password = passwordOf(options);
    return this.get(
      await this.#runtime.call('identity', 'PeerIdentityImport', (backend) => backend.import(xml, password)),
    );
  }
}

/** One identity of the user. A handle: the identity itself is in the store. */
export class Identity {
  readonly #runtime: Runtime;
  readonly peerName: string;
  #friendlyName: string;

  /** @internal */
  constructor(runtime: Runtime, pair: NamePair) {
    this.#runtime = runtime;
    this.peerName = pair.peerName;
    this.#friendlyName = pair.friendlyName;
  }

  /** As of when this object was made or renamed. */
  get friendlyName(): string {
    return this.#friendlyName;
  }

  /**
   * Sets the friendly name, at most 255 UTF-16 units; null or empty makes it the peer name. `PEER_E_NOT_FOUND`.
   * @win32 PeerIdentitySetFriendlyName
   */
  async rename(friendlyName: string | null): Promise<void> {
    if (friendlyName !== null) text('friendlyName', friendlyName);
    await this.#runtime.call('identity', 'PeerIdentitySetFriendlyName', (backend) =>
      backend.setFriendlyName(this.peerName, friendlyName),
    );
    this.#friendlyName = friendlyName || this.peerName;
  }

  /**
   * Removes certificate, private key and group data for good. `PEER_E_GROUPS_EXIST` while it belongs to groups,
   * `PEER_E_NOT_FOUND`.
   * @win32 PeerIdentityDelete
   */
  delete(): Promise<void> {
    return this.#runtime.call('identity', 'PeerIdentityDelete', (backend) => backend.delete(this.peerName));
  }

  /**
   * The identity's certificate as a PEERIDENTITYINFO fragment, to be handed to whoever invites it. Pass it on unchanged.
   * @win32 PeerIdentityGetXML
   */
  toXml(): Promise<string> {
    return this.#runtime.call('identity', 'PeerIdentityGetXML', (backend) => backend.getXml(this.peerName));
  }

  /**
   * Certificate and private key, encrypted with the password, as a PEERIDENTITYEXPORT fragment. Groups are not part of
   * it. `E_INVALIDARG` for an empty password, `PEER_E_NOT_FOUND`.
   * @win32 PeerIdentityExport
   */
  async export(options: { readonly password: string }): Promise<string> {
    const password = passwordOf(options);
    return this.#runtime.call('identity', 'PeerIdentityExport', (backend) => backend.export(this.peerName, password));
  }

  /**
   * The groups that the identity belongs to. `PEER_E_NOT_FOUND`.
   * @win32 PeerEnumGroups, PeerGetItemCount, PeerGetNextItem, PeerEndEnumeration
   */
  groups(): Promise<readonly NamePair[]> {
    return this.#runtime.call('identity', 'PeerEnumGroups', (backend) => backend.enumerateGroups(this.peerName));
  }

  /**
   * The identity's RSA key, for the application's own signatures and decryption. Close it.
   * @win32 PeerIdentityGetCryptKey
   */
  cryptKey(): Promise<CryptKey> {
    return this.#runtime.call('identity', 'PeerIdentityGetCryptKey', (backend) => backend.getCryptKey(this.peerName));
  }

  /** Certificate and signature of the identity, as PNRP and grouping use them. */
  signer(): Promise<Signer> {
    return this.#runtime.call('identity', 'PeerIdentityGetCryptKey', (backend) => backend.signer(this.peerName));
  }
}

function text(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw invalidArgType(name, 'a string', value);
}

/** Who gives no options at all has forgotten it too. */
function passwordOf(options: { readonly password: string } | undefined): string {
  const password: unknown = options?.password;
  text('password', password);
  return password;
}

function optionalText(name: string, value: unknown): void {
  if (value !== undefined) text(name, value);
}

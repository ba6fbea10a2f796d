import type { Host } from '../../lib/backend/contract/host.js';
import type {
  CryptKey,
  IdentityBackend,
  IdentityCreateOptions,
  IdentityGroups,
  NamePair,
  Signer,
} from '../../lib/backend/contract/identity.js';
import type { NamesBackend } from '../../lib/backend/contract/names.js';
import { invalidArgType, isPeerError, PeerError } from '../../lib/errors.js';
import { authorityOf, MIN_KEY_BITS, type RsaPrivateKey, readPrivateKey } from '../certificates/rsa-key.js';
import type { FallbackContext } from '../context.js';
import { DecodeError } from '../wire/decode-error.js';
import type { Readings } from '../wire/readings.js';
import { checkCreateOptions, friendlyNameOr, requirePassword } from './arguments.js';
import { openCryptKey } from './crypt-key.js';
import { additions, damaged, notFound, removals } from './identity-changes.js';
import { IdentityStore } from './identity-store.js';
import {
  decodeIdentity,
  defaultIdentity,
  type Entries,
  encodeIdentity,
  keyOf,
  type StoredIdentity,
  storedNames,
  usableIdentities,
} from './stored-identity.js';

export async function startIdentity(context: FallbackContext, groups: IdentityGroups): Promise<IdentityBackend> {
  return new Identities(context, groups, await context.area('names'));
}

class Identities implements IdentityBackend {
  readonly #host: Host;
  readonly #readings: Readings;
  readonly #groups: IdentityGroups;
  readonly #names: NamesBackend;
  readonly #store: IdentityStore;
  #closed = false;
  #created = 0;
  #imported = 0;
  #deleted = 0;

  constructor(context: FallbackContext, groups: IdentityGroups, names: NamesBackend) {
    this.#host = context.host;
    this.#readings = context.readings;
    this.#groups = groups;
    this.#names = names;
    this.#store = new IdentityStore(context.host.store);
  }

  async create(options: IdentityCreateOptions): Promise<string> {
    const operation = 'PeerIdentityCreate';
    this.#checkOpen(operation);
    const key = checkCreateOptions(options, operation);
    const identity = await this.#build(options, key ?? (await this.#generateKey(options.keyBits, operation)));
    await this.#store.update(operation, (current) => additions(current, identity, operation));
    this.#created++;
    return identity.peerName;
  }

  async enumerate(): Promise<readonly NamePair[]> {
    const entries = await this.#entries('PeerEnumIdentities');
    return usableIdentities(entries).map(({ peerName, friendlyName }) => ({ peerName, friendlyName }));
  }

  getDefault(): Promise<string> {
    return this.#default('PeerIdentityGetDefault');
  }

  async getFriendlyName(identity: string | null): Promise<string> {
    return (await this.#find(identity, 'PeerIdentityGetFriendlyName')).friendlyName;
  }

  async setFriendlyName(identity: string | null, friendlyName: string | null): Promise<void> {
    const operation = 'PeerIdentitySetFriendlyName';
    const stored = await this.#find(identity, operation);
    const renamed = friendlyNameOr(stored.peerName, friendlyName, operation);
    // The certificate carries the friendly name as its subject, so a new one takes the place of the old.
    const certificate = await this.#issue(stored.peerName, renamed, this.#keyOf(stored, operation));
    const value = encodeIdentity({ ...stored, friendlyName: renamed, certificate });
    await this.#store.update(operation, (current) => {
      if (!current.has(keyOf(stored.peerName))) throw notFound(stored.peerName, operation);
      return new Map([[keyOf(stored.peerName), value]]);
    });
  }

  async delete(identity: string): Promise<void> {
    const operation = 'PeerIdentityDelete';
    this.#checkOpen(operation);
    if (typeof identity !== 'string') throw invalidArgType('identity', 'a string', identity);
    const name = this.#canonical(identity, operation);
    if (!(await this.#entries(operation)).has(keyOf(name))) throw notFound(name, operation);
    const groups = await this.#groups.enumerate(name);
    if (groups.length > 0) {
      throw new PeerError(
        'PEER_E_GROUPS_EXIST',
        operation,
        `${name} still has ${groups.length} groups: delete them first`,
      );
    }
    await this.#store.update(operation, (current) => removals(current, name, operation));
    this.#deleted++;
  }

  async getXml(identity: string | null): Promise<string> {
    const stored = await this.#find(identity, 'PeerIdentityGetXML');
    const { formatIdentityInfo } = await this.#certificates();
    return formatIdentityInfo(stored.certificate, this.#readings);
  }

  async export(identity: string | null, password: string): Promise<string> {
    const operation = 'PeerIdentityExport';
    this.#checkOpen(operation);
    requirePassword(password, operation);
    const stored = await this.#find(identity, operation);
    const contents = { certificate: stored.certificate, privateKey: this.#keyOf(stored, operation).pkcs8 };
    const { formatIdentityExport } = await this.#certificates();
    return formatIdentityExport(stored.peerName, contents, password, this.#host.random, this.#readings);
  }

  async import(xml: string, password: string): Promise<string> {
    const operation = 'PeerIdentityImport';
    this.#checkOpen(operation);
    if (typeof xml !== 'string') throw invalidArgType('xml', 'a string', xml);
    requirePassword(password, operation);
    const identity = await this.#open(xml, password, operation);
    await this.#store.update(operation, (current) => additions(current, identity, operation));
    this.#imported++;
    return identity.peerName;
  }

  async enumerateGroups(identity: string | null): Promise<readonly NamePair[]> {
    return this.#groups.enumerate((await this.#find(identity, 'PeerEnumGroups')).peerName);
  }

  async getCryptKey(identity: string | null): Promise<CryptKey> {
    const operation = 'PeerIdentityGetCryptKey';
    const stored = await this.#find(identity, operation);
    return openCryptKey(this.#keyOf(stored, operation), this.#host.work);
  }

  async signer(identity: string | null): Promise<Signer> {
    const operation = 'PeerIdentityGetCryptKey';
    const stored = await this.#find(identity, operation);
    const key = this.#keyOf(stored, operation);
    return {
      peerName: stored.peerName,
      certificate: stored.certificate,
      publicKey: key.publicKey,
      sign: (hash, bytes) => this.#host.work.sign(hash, key.pkcs8, bytes),
      tlsPrivateKey: async () => key.pkcs8,
    };
  }

  /** `unusable` counts entries that are damaged or from a newer release; the rest is what this platform did. */
  async stats() {
    const entries = await this.#entries('PeerEnumIdentities');
    const identities = usableIdentities(entries).length;
    return {
      version: 1,
      identities,
      unusable: storedNames(entries).length - identities,
      created: this.#created,
      imported: this.#imported,
      deleted: this.#deleted,
    };
  }

  /** Nothing here keeps a process alive. */
  hold(): void {}

  async close(): Promise<void> {
    this.#closed = true;
    await this.#store.close();
  }

  /**
   * Windows documents that a call without identity makes the default one come into being, and that asking for it may
   * fail where there is none. A program gains nothing from the failure, so asking makes it too: without classifier,
   * since the specification names none.
   */
  async #default(operation: string): Promise<string> {
    const existing = defaultIdentity(await this.#entries(operation));
    if (existing !== undefined) return existing;
    const identity = await this.#build({}, await this.#generateKey(undefined, operation));
    let chosen = identity.peerName;
    await this.#store.update(operation, (current) => {
      // Another process may have been first.
      chosen = defaultIdentity(current) ?? identity.peerName;
      return chosen === identity.peerName ? additions(current, identity, operation) : new Map();
    });
    if (chosen === identity.peerName) this.#created++;
    return chosen;
  }

  async #find(identity: string | null, operation: string): Promise<StoredIdentity> {
    this.#checkOpen(operation);
    if (identity !== null && typeof identity !== 'string')
      throw invalidArgType('identity', 'a string or null', identity);
    const name = identity === null ? await this.#default(operation) : this.#canonical(identity, operation);
    const value = (await this.#entries(operation)).get(keyOf(name));
    if (value === undefined) throw notFound(name, operation);
    const stored = decodeIdentity(name, value);
    if (stored === 'damaged') throw damaged(name, operation);
    if (stored !== 'newer') return stored;
    throw new PeerError('PEER_E_UNSUPPORTED_VERSION', operation, `a newer release has stored the identity ${name}`);
  }

  /** The one text of a peer name; what is no peer name names no identity. */
  #canonical(identity: string, operation: string): string {
    try {
      return this.#names.create(identity, null);
    } catch (error) {
      if (isPeerError(error)) throw notFound(identity, operation);
      throw error;
    }
  }

  #keyOf(stored: StoredIdentity, operation: string): RsaPrivateKey {
    const key = readPrivateKey(stored.privateKey);
    if (key === undefined || this.#names.parse(stored.peerName).authority !== authorityOf(key.publicKey)) {
      throw damaged(stored.peerName, operation);
    }
    return key;
  }

  async #generateKey(bits: number | undefined, operation: string): Promise<RsaPrivateKey> {
    const key = readPrivateKey(await this.#host.work.generateKey(bits ?? MIN_KEY_BITS));
    if (key === undefined) throw new PeerError('E_INVALIDARG', operation, `no RSA key of ${bits} bits could be made`);
    return key;
  }

  async #build(options: IdentityCreateOptions, key: RsaPrivateKey): Promise<StoredIdentity> {
    const own = authorityOf(key.publicKey);
    const peerName = this.#names.create(own, options.classifier ?? '');
    const friendlyName = friendlyNameOr(peerName, options.friendlyName ?? null, 'PeerIdentityCreate');
    const created = this.#host.clock.filetime();
    const certificate = await this.#issue(peerName, friendlyName, key);
    return { peerName, friendlyName, created, certificate, privateKey: key.pkcs8 };
  }

  async #issue(peerName: string, friendlyName: string, key: RsaPrivateKey): Promise<Uint8Array> {
    // Alone: making an identity is what most programs do first, and needs a third of the libraries.
    const issuing = this.#host.busy(import('../certificates/identity-certificate.js'));
    const { issueIdentityCertificate } = await issuing;
    const now = this.#host.clock.filetime();
    const hostName = this.#hostNameOf(peerName);
    const { pkcs8: privateKey, publicKey } = key;
    return issueIdentityCertificate(
      { peerName, hostName, friendlyName, privateKey, publicKey, now },
      this.#host,
      this.#readings,
    );
  }

  #hostNameOf(peerName: string): string | undefined {
    try {
      return this.#names.toHostName(peerName);
    } catch (error) {
      if (isPeerError(error, 'PEER_E_CANNOT_CONVERT_PEER_NAME')) return undefined;
      throw error;
    }
  }

  /** The identity in an export, checked in every respect. */
  async #open(xml: string, password: string, operation: string): Promise<StoredIdentity> {
    const certificates = await this.#certificates();
    const now = this.#host.clock.filetime();
    const refuse = (sentence: string, cause?: unknown) => new PeerError('E_INVALIDARG', operation, sentence, { cause });
    try {
      const contents = certificates.readIdentityExport(xml, password);
      const certificate = certificates.decodeCertificate(contents.certificate);
      const fault = await certificates.validateIdc(certificate, now, this.#host.work);
      if (fault !== undefined) throw refuse(fault);
      const key = readPrivateKey(contents.privateKey);
      if (key === undefined || Buffer.compare(key.publicKey, certificate.publicKey) !== 0) {
        throw refuse('the private key is not that of the certificate');
      }
      const peerName = this.#names.create(contents.peerName, null);
      if (peerName !== this.#names.create(certificates.subjectPeerName(certificate) ?? '', null)) {
        throw refuse('the certificate is that of another peer name');
      }
      const friendlyName = certificate.subject || peerName;
      return { peerName, friendlyName, created: now, certificate: certificate.der, privateKey: key.pkcs8 };
    } catch (error) {
      if (error instanceof DecodeError)
        throw refuse(`the text is not an identity that this password opens: ${error.message}`, error);
      if (isPeerError(error, 'PEER_E_INVALID_PEER_NAME')) throw refuse('the text holds no peer name', error);
      throw error;
    }
  }

  #entries(operation: string): Promise<Entries> {
    this.#checkOpen(operation);
    return this.#store.entries(operation);
  }

  #certificates() {
    return this.#host.busy(import('./certificates.js'));
  }

  #checkOpen(operation: string): void {
    if (this.#closed) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform has been closed');
  }
}

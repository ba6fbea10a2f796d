import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { invalidArgType, PeerError } from '../../errors.js';
import type {
  CryptKey,
  IdentityBackend,
  IdentityCreateOptions,
  IdentityReader,
  NamePair,
  Signer,
} from '../contract/identity.js';
import type { Addon, CryptCalls, IdentityCalls } from './addon.js';
import { checkOptionalText, checkText, itemsOf, windows } from './calls.js';
import { type KeyPair, openCryptKey, signWith, withKeyContainer } from './crypt-key.js';
import { missing, type Refusal, refused } from './probe.js';

const DLL = 'p2p.dll';

const EXPORTS: readonly string[] = [
  'PeerFreeData',
  'PeerGetItemCount',
  'PeerGetNextItem',
  'PeerEndEnumeration',
  'PeerIdentityCreate',
  'PeerIdentityGetFriendlyName',
  'PeerIdentitySetFriendlyName',
  'PeerIdentityGetCryptKey',
  'PeerIdentityDelete',
  'PeerEnumIdentities',
  'PeerEnumGroups',
  'PeerIdentityGetXML',
  'PeerIdentityExport',
  'PeerIdentityImport',
  'PeerIdentityGetDefault',
];

/** Why Windows can't serve identities here; `undefined` where it can. */
export async function probeIdentity(addon: Addon & IdentityCalls): Promise<Refusal | undefined> {
  const lacking = missing(addon, DLL, EXPORTS);
  if (lacking !== undefined) return lacking;
  try {
    await windows(async () => addon.PeerEndEnumeration(await addon.PeerEnumIdentities()));
    return undefined;
  } catch (error) {
    return refused(error);
  }
}

export function startNativeIdentity(addon: IdentityCalls & CryptCalls, reader: IdentityReader): IdentityBackend {
  return new NativeIdentities(addon, reader);
}

/** Windows' Identity Manager. What it keeps is the user's, whichever platform or program asks. */
class NativeIdentities implements IdentityBackend {
  readonly #addon: IdentityCalls & CryptCalls;
  readonly #reader: IdentityReader;
  #closed = false;
  #created = 0;
  #imported = 0;
  #deleted = 0;

  constructor(addon: IdentityCalls & CryptCalls, reader: IdentityReader) {
    this.#addon = addon;
    this.#reader = reader;
  }

  async create(options: IdentityCreateOptions): Promise<string> {
    const operation = 'PeerIdentityCreate';
    this.#checkOpen(operation);
    const { classifier, friendlyName } = options;
    if (classifier !== undefined) checkText('classifier', classifier, operation, 'PEER_E_INVALID_CLASSIFIER');
    if (friendlyName !== undefined) checkText('friendlyName', friendlyName, operation);
    const pair = keyPairOf(options, operation);
    const create = (provider: Parameters<IdentityCalls['PeerIdentityCreate']>[2]) =>
      // No friendly name, as an empty one, stands for the peer name.
      this.#addon.PeerIdentityCreate(classifier ?? null, friendlyName || null, provider);
    const made = await windows(() =>
      pair === undefined ? create(null) : withKeyContainer(this.#addon, pair, operation, create),
    );
    this.#created++;
    return made;
  }

  async enumerate(): Promise<readonly NamePair[]> {
    this.#checkOpen('PeerEnumIdentities');
    const pairs = await windows(() => itemsOf(this.#addon, this.#addon.PeerEnumIdentities()));
    return pairs.sort((one, other) => (one.peerName < other.peerName ? -1 : 1));
  }

  async getDefault(): Promise<string> {
    this.#checkOpen('PeerIdentityGetDefault');
    return windows(() => this.#addon.PeerIdentityGetDefault());
  }

  async getFriendlyName(identity: string | null): Promise<string> {
    this.#check(identity, 'PeerIdentityGetFriendlyName');
    return windows(() => this.#addon.PeerIdentityGetFriendlyName(identity));
  }

  async setFriendlyName(identity: string | null, friendlyName: string | null): Promise<void> {
    const operation = 'PeerIdentitySetFriendlyName';
    this.#check(identity, operation);
    checkOptionalText('friendlyName', friendlyName, operation);
    // Its page lets null stand for the peer name as empty text does; its prototype forbids null.
    await windows(() => this.#addon.PeerIdentitySetFriendlyName(identity, friendlyName ?? ''));
  }

  async delete(identity: string): Promise<void> {
    const operation = 'PeerIdentityDelete';
    this.#checkOpen(operation);
    checkText('identity', identity, operation);
    await windows(() => this.#addon.PeerIdentityDelete(identity));
    this.#deleted++;
  }

  async getXml(identity: string | null): Promise<string> {
    this.#check(identity, 'PeerIdentityGetXML');
    return windows(() => this.#addon.PeerIdentityGetXML(identity));
  }

  async export(identity: string | null, password: string): Promise<string> {
    const operation = 'PeerIdentityExport';
    this.#check(identity, operation);
    checkPassword(password, operation);
    return windows(() => this.#addon.PeerIdentityExport(identity, password));
  }

  async import(xml: string, password: string): Promise<string> {
    const operation = 'PeerIdentityImport';
    this.#checkOpen(operation);
    checkText('xml', xml, operation);
    checkPassword(password, operation);
    const imported = await windows(() => this.#addon.PeerIdentityImport(xml, password));
    this.#imported++;
    return imported;
  }

  async enumerateGroups(identity: string | null): Promise<readonly NamePair[]> {
    this.#check(identity, 'PeerEnumGroups');
    return windows(() => itemsOf(this.#addon, this.#addon.PeerEnumGroups(identity)));
  }

  async getCryptKey(identity: string | null): Promise<CryptKey> {
    this.#check(identity, 'PeerIdentityGetCryptKey');
    const provider = await windows(() => this.#addon.PeerIdentityGetCryptKey(identity));
    return openCryptKey(this.#addon, provider, () => this.#exportKey(identity));
  }

  /** The provider of `sign` is released when the signer is collected: a registration keeps its signer for as long as it lasts. */
  async signer(identity: string | null): Promise<Signer> {
    this.#check(identity, 'PeerIdentityGetCryptKey');
    const peerName = identity ?? (await this.getDefault());
    const provider = await windows(() => this.#addon.PeerIdentityGetCryptKey(peerName));
    const xml = await this.getXml(peerName);
    const certificate = await read('PeerIdentityGetXML', () => this.#reader.readInfo(xml));
    const exported = () => this.#exportKey(peerName);
    return {
      peerName,
      certificate,
      publicKey: new X509Certificate(certificate).publicKey.export({ format: 'der', type: 'pkcs1' }),
      sign: (hash, bytes) => signWith(this.#addon, provider, hash, bytes, exported),
      tlsPrivateKey: exported,
    };
  }

  async stats() {
    return {
      version: 1,
      identities: (await this.enumerate()).length,
      unusable: 0,
      created: this.#created,
      imported: this.#imported,
      deleted: this.#deleted,
    };
  }

  /** Nothing here keeps a process alive but a call under way. */
  hold(): void {}

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** PKCS#8: out of an export for nobody but this process. */
  async #exportKey(identity: string | null): Promise<Uint8Array> {
    const password = randomBytes(24).toString('base64url');
    const xml = await this.export(identity, password);
    return read('PeerIdentityExport', async () => (await this.#reader.readExport(xml, password)).privateKey);
  }

  #check(identity: unknown, operation: string): asserts identity is string | null {
    this.#checkOpen(operation);
    checkOptionalText('identity', identity, operation);
  }

  #checkOpen(operation: string): void {
    if (this.#closed) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform has been closed');
  }
}

/** `undefined` where Windows is to make a key as it likes. */
function keyPairOf({ privateKey, keyBits }: IdentityCreateOptions, operation: string): KeyPair | undefined {
  if (keyBits !== undefined && typeof keyBits !== 'number') throw invalidArgType('keyBits', 'a number', keyBits);
  if (keyBits !== undefined && !(Number.isInteger(keyBits) && keyBits > 0 && keyBits <= 0xffff))
    throw new PeerError('E_INVALIDARG', operation, `no key has ${keyBits} bits`);
  if (privateKey === undefined) return keyBits === undefined ? undefined : { bits: keyBits };
  if (!(privateKey instanceof Uint8Array)) throw invalidArgType('privateKey', 'a Uint8Array', privateKey);
  const key = readKey(privateKey);
  if (key === undefined) throw new PeerError('E_INVALIDARG', operation, 'the private key is no RSA key in PKCS#8 form');
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (keyBits !== undefined && keyBits !== bits)
    throw new PeerError('E_INVALIDARG', operation, `the private key has ${bits} bits, not ${keyBits}`);
  return { key };
}

function readKey(pkcs8: Uint8Array): KeyObject | undefined {
  try {
    const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

function checkPassword(password: unknown, operation: string): asserts password is string {
  checkText('password', password, operation);
  if (password === '') throw new PeerError('E_INVALIDARG', operation, 'the password is empty');
}

async function read<T>(operation: string, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (cause) {
    throw new PeerError('E_UNEXPECTED', operation, 'the text that Windows gave is not in the form that it documents', {
      cause,
    });
  }
}

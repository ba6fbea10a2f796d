import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { invalidArgType, isPeerError, PeerError } from '../../errors.js';
import type { HashName } from '../contract/host.js';
import type { CryptKey } from '../contract/identity.js';
import type { CryptCalls, CryptProvider } from './addon.js';
import { windows } from './calls.js';
import { PUBLICKEYBLOB, privateKeyBlob, readPublicKeyBlob } from './key-blob.js';

const PROV_RSA_AES = 24;
const CRYPT_NEWKEYSET = 0x8;
const CRYPT_DELETEKEYSET = 0x10;
const CRYPT_EXPORTABLE = 0x1;
const AT_KEYEXCHANGE = 1;

const ALGORITHMS: Readonly<Record<HashName, number>> = {
  md5: 0x8003,
  sha1: 0x8004,
  sha256: 0x800c,
  sha384: 0x800d,
  sha512: 0x800e,
};

const NTE_BAD_LEN = 0x80090004;
const NTE_BAD_DATA = 0x80090005;
const NTE_BAD_ALGID = 0x80090008;

/** Signs with the provider's key; `exported` brings the key itself, for a hash that an old provider does not know. */
export async function signWith(
  addon: CryptCalls,
  provider: CryptProvider,
  hash: HashName,
  bytes: Uint8Array,
  exported: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (!Object.hasOwn(ALGORITHMS, hash))
    throw invalidArgType('hash', `one of ${Object.keys(ALGORITHMS).join(', ')}`, hash);
  if (!(bytes instanceof Uint8Array)) throw invalidArgType('bytes', 'a Uint8Array', bytes);
  try {
    return (await windows(() => addon.CryptSignHash(provider, ALGORITHMS[hash], bytes))).reverse();
  } catch (error) {
    if (!isPeerError(error) || error.hresult !== NTE_BAD_ALGID) throw error;
    const key = createPrivateKey({ key: Buffer.from(await exported()), format: 'der', type: 'pkcs8' });
    return sign(hash, bytes, key);
  }
}

/** The provider as the contract has it. */
export async function openCryptKey(
  addon: CryptCalls,
  provider: CryptProvider,
  exported: () => Promise<Uint8Array>,
): Promise<CryptKey> {
  const publicKey = readPublicKeyBlob(await windows(() => addon.CryptExportKey(provider, PUBLICKEYBLOB)));
  let open = true;
  const check = (operation: string) => {
    if (!open) throw new PeerError('E_HANDLE', operation, 'the key has been released');
  };
  return {
    bits: publicKey.asymmetricKeyDetails?.modulusLength ?? 0,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
    async sign(hash, bytes) {
      check('CryptSignHash');
      return signWith(addon, provider, hash, bytes, exported);
    },
    async decrypt(bytes) {
      check('CryptDecrypt');
      if (!(bytes instanceof Uint8Array)) throw invalidArgType('bytes', 'a Uint8Array', bytes);
      try {
        return await windows(() => addon.CryptDecrypt(provider, Uint8Array.from(bytes).reverse()));
      } catch (error) {
        if (!isPeerError(error) || ![NTE_BAD_DATA, NTE_BAD_LEN].includes(error.hresult)) throw error;
        throw new PeerError('E_INVALIDARG', 'CryptDecrypt', 'the bytes are not encrypted for this key', {
          cause: error,
        });
      }
    },
    close() {
      if (!open) return;
      open = false;
      // Nobody can wait for it, and there is nothing to be done where Windows refuses it.
      addon.CryptReleaseContext(provider).catch(() => undefined);
    },
  };
}

/** A new pair of keys of that size, or the given one. */
export type KeyPair = { readonly bits: number } | { readonly key: KeyObject };

/**
 * Hands `use` a provider with that pair, in a container of its own. The container stays where `use` succeeds: no page says
 * that an identity has a copy of the key that it was made with.
 */
export async function withKeyContainer<T>(
  addon: CryptCalls,
  pair: KeyPair,
  operation: string,
  use: (provider: CryptProvider) => Promise<T>,
): Promise<T> {
  const blob = 'key' in pair ? privateKeyBlob(pair.key) : undefined;
  if ('key' in pair && blob === undefined)
    throw new PeerError('E_INVALIDARG', operation, 'CryptoAPI can not hold this private key');
  const container = `winpeer-${randomUUID()}`;
  const provider = await addon.CryptAcquireContext(container, PROV_RSA_AES, CRYPT_NEWKEYSET);
  let made: T;
  try {
    if (blob !== undefined) await addon.CryptImportKey(provider, blob, CRYPT_EXPORTABLE);
    else if ('bits' in pair) await addon.CryptGenKey(provider, AT_KEYEXCHANGE, pair.bits * 0x10000 + CRYPT_EXPORTABLE);
    made = await use(provider);
  } catch (error) {
    await addon.CryptReleaseContext(provider);
    await addon.CryptAcquireContext(container, PROV_RSA_AES, CRYPT_DELETEKEYSET);
    throw error;
  }
  await addon.CryptReleaseContext(provider);
  return made;
}

import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { network } from 'winpeer/testing';
import { readIdentityExport, readIdentityInfo } from '#fallback/identity/certificates';
import type { IdentityReader } from '#lib/backend/contract/identity';
import { startNativeIdentity } from '#lib/backend/native/identity';
import { mockAddon, windowsError } from './mock-addon.ts';

const reader: IdentityReader = {
  readInfo: async (xml) => readIdentityInfo(xml),
  readExport: async (xml, password) => readIdentityExport(xml, password),
};

function nativeOf(answers: Parameters<typeof mockAddon>[0]) {
  const mock = mockAddon(answers);
  return { ...mock, identity: startNativeIdentity(mock.addon, reader) };
}

const peerError = (code: string, operation: string) => expect.objectContaining({ name: 'PeerError', code, operation });

describe('what Windows is asked', () => {
  test('absent texts and the empty friendly name are null', async () => {
    const { identity, calls } = nativeOf({ PeerIdentityCreate: 'a.b', PeerIdentitySetFriendlyName: undefined });
    expect(await identity.create({})).toBe('a.b');
    await identity.create({ classifier: '', friendlyName: '' });
    await identity.create({ classifier: 'Ü', friendlyName: '🐙' });
    await identity.setFriendlyName(null, null);
    expect(calls).toEqual([
      ['PeerIdentityCreate', null, null, null],
      ['PeerIdentityCreate', '', null, null],
      ['PeerIdentityCreate', 'Ü', '🐙', null],
      ['PeerIdentitySetFriendlyName', null, ''],
    ]);
  });

  test('what this platform did is counted', async () => {
    const { identity } = nativeOf({
      PeerIdentityCreate: 'a.b',
      PeerIdentityImport: 'a.c',
      PeerIdentityDelete: undefined,
      PeerEnumIdentities: 'handle',
      PeerGetItemCount: 1,
      PeerGetNextItem: [{ peerName: 'a.b', friendlyName: '' }],
      PeerEndEnumeration: undefined,
    });
    await identity.create({});
    await identity.create({});
    await identity.import('<y/>', 'p');
    await identity.delete('a.c');
    expect(await identity.stats()).toEqual({
      version: 1,
      identities: 1,
      unusable: 0,
      created: 2,
      imported: 1,
      deleted: 1,
    });
  });

  test('texts go on as they are, and the answers come back', async () => {
    const { identity, calls } = nativeOf({
      PeerIdentityGetDefault: 'me',
      PeerIdentityGetFriendlyName: 'Zoë',
      PeerIdentityGetXML: '<x/>',
      PeerIdentityExport: '<y/>',
      PeerIdentityImport: 'you',
      PeerIdentityDelete: undefined,
    });
    expect(await identity.getDefault()).toBe('me');
    expect(await identity.getFriendlyName('a')).toBe('Zoë');
    expect(await identity.getXml(null)).toBe('<x/>');
    expect(await identity.export('a', 'p')).toBe('<y/>');
    expect(await identity.import('<y/>', 'p')).toBe('you');
    await identity.delete('a');
    expect(calls).toEqual([
      ['PeerIdentityGetDefault'],
      ['PeerIdentityGetFriendlyName', 'a'],
      ['PeerIdentityGetXML', null],
      ['PeerIdentityExport', 'a', 'p'],
      ['PeerIdentityImport', '<y/>', 'p'],
      ['PeerIdentityDelete', 'a'],
    ]);
  });

  test('a text with NUL never reaches it', async () => {
    const { identity, calls } = nativeOf({});
    const refused: [Promise<unknown>, string, string][] = [
      [identity.create({ classifier: 'a\0b' }), 'PEER_E_INVALID_CLASSIFIER', 'PeerIdentityCreate'],
      [identity.create({ friendlyName: 'a\0b' }), 'E_INVALIDARG', 'PeerIdentityCreate'],
      [identity.getFriendlyName('\0'), 'E_INVALIDARG', 'PeerIdentityGetFriendlyName'],
      [identity.setFriendlyName('a', '\0'), 'E_INVALIDARG', 'PeerIdentitySetFriendlyName'],
      [identity.delete('a\0'), 'E_INVALIDARG', 'PeerIdentityDelete'],
      [identity.export('a', '\0'), 'E_INVALIDARG', 'PeerIdentityExport'],
      [identity.export('a', ''), 'E_INVALIDARG', 'PeerIdentityExport'],
      [identity.import('\0', 'p'), 'E_INVALIDARG', 'PeerIdentityImport'],
    ];
    for (const [call, code, operation] of refused) await expect(call).rejects.toEqual(peerError(code, operation));
    expect(calls).toEqual([]);
  });

  test('wrong types are a TypeError', async () => {
    const { identity, calls } = nativeOf({});
    const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    await expect(identity.create({ classifier: 5 as never })).rejects.toMatchObject(wrong);
    await expect(identity.create({ privateKey: 'x' as never })).rejects.toMatchObject(wrong);
    await expect(identity.create({ keyBits: '1024' as never })).rejects.toMatchObject(wrong);
    await expect(identity.delete(null as never)).rejects.toMatchObject(wrong);
    await expect(identity.getXml(undefined as never)).rejects.toMatchObject(wrong);
    expect(calls).toEqual([]);
  });

  test('nothing after close', async () => {
    const { identity, calls } = nativeOf({});
    await identity.close({ abrupt: false });
    await expect(identity.enumerate()).rejects.toEqual(peerError('PEER_E_NOT_INITIALIZED', 'PeerEnumIdentities'));
    await expect(identity.getDefault()).rejects.toEqual(peerError('PEER_E_NOT_INITIALIZED', 'PeerIdentityGetDefault'));
    expect(calls).toEqual([]);
  });
});

describe('what Windows answers', () => {
  test.each([
    [0x80070490, 'PEER_E_NOT_FOUND', 0x80070490, 1168],
    [5, 'E_ACCESSDENIED', 0x80070005, 5],
    [0x8063abcd, '0x8063abcd', 0x8063abcd, undefined],
    [0xfffe, '0x8007fffe', 0x8007fffe, 0xfffe],
  ])('0x%x is a PeerError', async (answer, code, hresult, win32) => {
    const { identity } = nativeOf({ PeerIdentityDelete: windowsError('PeerIdentityDelete', answer) });
    const error = await identity.delete('a').catch((it) => it);
    expect(error).toEqual(expect.objectContaining({ code, hresult, operation: 'PeerIdentityDelete' }));
    expect(error.win32).toBe(win32);
  });

  test('what is no answer of Windows goes on as it is', async () => {
    const fault = new TypeError('identity must be a string');
    await expect(nativeOf({ PeerIdentityDelete: fault }).identity.delete('a')).rejects.toBe(fault);
  });
});

describe('an enumeration', () => {
  const pairs = Array.from({ length: 600 }, (_, at) => ({ peerName: `${999 - at}`, friendlyName: '' }));

  /** Hands out `pairs` as Windows does, but no more than `most` in all. */
  function enumerationOf(most: number) {
    let at = 0;
    return (_enumeration: unknown, wanted: number) => {
      const batch = pairs.slice(at, Math.min(at + wanted, most));
      at += batch.length;
      return batch;
    };
  }

  test('is read in batches, ended, and sorted by peer name', async () => {
    const { identity, calls } = nativeOf({
      PeerEnumIdentities: 'handle',
      PeerGetItemCount: 600,
      PeerGetNextItem: enumerationOf(600),
      PeerEndEnumeration: undefined,
    });
    expect(await identity.enumerate()).toEqual([...pairs].reverse());
    expect(calls).toEqual([
      ['PeerEnumIdentities'],
      ['PeerGetItemCount', 'handle'],
      ['PeerGetNextItem', 'handle', 256],
      ['PeerGetNextItem', 'handle', 256],
      ['PeerGetNextItem', 'handle', 88],
      ['PeerEndEnumeration', 'handle'],
    ]);
  });

  test('that gives fewer items than it counted ends', async () => {
    const { identity, names } = nativeOf({
      PeerEnumGroups: 'handle',
      PeerGetItemCount: 600,
      PeerGetNextItem: enumerationOf(100),
      PeerEndEnumeration: undefined,
    });
    expect(await identity.enumerateGroups(null)).toHaveLength(100);
    expect(names().at(-1)).toBe('PeerEndEnumeration');
  });

  test('is ended where a call on it fails', async () => {
    const { identity, names } = nativeOf({
      PeerEnumIdentities: 'handle',
      PeerGetItemCount: 1,
      PeerGetNextItem: windowsError('PeerGetNextItem', 0x8007000e),
      PeerEndEnumeration: undefined,
    });
    await expect(identity.enumerate()).rejects.toEqual(peerError('E_OUTOFMEMORY', 'PeerGetNextItem'));
    expect(names().at(-1)).toBe('PeerEndEnumeration');
  });
});

describe('a key of the caller’s', () => {
  const pkcs8 = (bits: number) =>
    generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'der', type: 'pkcs8' });
  const container = { CryptAcquireContext: 'provider', CryptReleaseContext: undefined, CryptImportKey: undefined };

  test('goes into a container of its own, number by number, and stays there', async () => {
    const privateKey = pkcs8(1024);
    const { identity, calls, names } = nativeOf({ ...container, PeerIdentityCreate: 'a.b' });
    await identity.create({ classifier: 'c', privateKey });
    expect(names()).toEqual(['CryptAcquireContext', 'CryptImportKey', 'PeerIdentityCreate', 'CryptReleaseContext']);
    expect(calls[0]).toEqual(['CryptAcquireContext', expect.stringMatching(/^winpeer-[0-9a-f-]{36}$/), 24, 8]);
    expect(calls[2]).toEqual(['PeerIdentityCreate', 'c', null, 'provider']);
    const blob = Buffer.from(calls[1]?.[2] as Uint8Array);
    expect(blob.subarray(0, 20).toString('hex')).toBe('0702000000a400005253413200040000' + '01000100');
    const jwk = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
    const numbers = [128, 64, 64, 64, 64, 64, 128].reduce<{ at: number; read: bigint[] }>(
      ({ at, read }, length) => {
        const number = BigInt(
          `0x${Buffer.from(blob.subarray(at, at + length))
            .reverse()
            .toString('hex')}`,
        );
        return { at: at + length, read: [...read, number] };
      },
      { at: 20, read: [] },
    );
    const expected = [jwk.n, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi, jwk.d];
    expect(numbers.read).toEqual(
      expected.map((it) => BigInt(`0x${Buffer.from(it ?? '', 'base64url').toString('hex')}`)),
    );
    expect(numbers.at).toBe(blob.length);
  });

  test('leaves no container behind where Windows refuses the identity', async () => {
    const failure = windowsError('PeerIdentityCreate', 0x800700b7);
    const { identity, calls } = nativeOf({ ...container, PeerIdentityCreate: failure });
    await expect(identity.create({ privateKey: pkcs8(1024) })).rejects.toMatchObject({ win32: 183 });
    expect(calls.slice(-2).map(([name]) => name)).toEqual(['CryptReleaseContext', 'CryptAcquireContext']);
    expect(calls.at(-1)).toEqual(['CryptAcquireContext', calls[0]?.[1], 24, 0x10]);
  });

  test('stays where the identity was made, whatever comes afterwards', async () => {
    const failure = windowsError('CryptReleaseContext', 0x80090001);
    const { identity, calls } = nativeOf({ ...container, PeerIdentityCreate: 'a.b', CryptReleaseContext: failure });
    await expect(identity.create({ privateKey: pkcs8(1024) })).rejects.toMatchObject({ code: '0x80090001' });
    expect(calls.filter(([name]) => name === 'CryptAcquireContext')).toHaveLength(1);
  });

  test('of a given size is made in a container', async () => {
    const { identity, calls } = nativeOf({ ...container, CryptGenKey: undefined, PeerIdentityCreate: 'a.b' });
    await identity.create({ keyBits: 2048 });
    expect(calls[1]).toEqual(['CryptGenKey', 'provider', 1, 0x08000001]);
  });

  test('that is none is E_INVALIDARG', async () => {
    const { identity, calls } = nativeOf({});
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    for (const options of [
      { privateKey: new Uint8Array(100) },
      { privateKey: elliptic.export({ format: 'der', type: 'pkcs8' }) },
      { privateKey: pkcs8(1024), keyBits: 2048 },
      { keyBits: 0.5 },
      { keyBits: 65_536 },
    ]) {
      await expect(identity.create(options)).rejects.toEqual(peerError('E_INVALIDARG', 'PeerIdentityCreate'));
    }
    expect(calls).toEqual([]);
  });
});

describe('the key of an identity', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
  const blob = Buffer.concat([Buffer.from('0602000000a400005253413100040000' + '01000100', 'hex'), modulus.reverse()]);
  const answers = {
    PeerIdentityGetCryptKey: 'provider',
    CryptExportKey: Uint8Array.from(blob),
    CryptReleaseContext: undefined,
  };
  const text = Buffer.from('signed');

  test('has the size and the public key of the blob', async () => {
    const { identity, calls } = nativeOf(answers);
    const key = await identity.getCryptKey('a');
    expect(key.bits).toBe(1024);
    expect(Buffer.from(key.publicKey)).toEqual(publicKey.export({ format: 'der', type: 'spki' }));
    expect(calls).toEqual([
      ['PeerIdentityGetCryptKey', 'a'],
      ['CryptExportKey', 'provider', 6],
    ]);
  });

  test.each([
    ['md5', 0x8003],
    ['sha1', 0x8004],
    ['sha256', 0x800c],
    ['sha384', 0x800d],
    ['sha512', 0x800e],
  ] as const)('signs with %s; CryptoAPI gives the last byte first', async (hash, algorithm) => {
    const { identity, calls } = nativeOf({
      ...answers,
      CryptSignHash: () => Uint8Array.from(sign(hash, text, privateKey)).reverse(),
    });
    const key = await identity.getCryptKey(null);
    expect(verify(hash, text, publicKey, await key.sign(hash, text))).toBe(true);
    expect(calls.at(-1)).toEqual(['CryptSignHash', 'provider', algorithm, text]);
    await expect(key.sign('sha3' as never, text)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    await expect(key.sign(hash, 'text' as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  test('decrypts; what it can’t open is E_INVALIDARG', async () => {
    const padded = { key: privateKey, padding: constants.RSA_NO_PADDING };
    const { identity } = nativeOf({
      ...answers,
      CryptDecrypt: (_provider: unknown, bytes: Uint8Array) => {
        const block = privateDecrypt(padded, Uint8Array.from(bytes).reverse());
        if (block[1] !== 2) throw windowsError('CryptDecrypt', 0x80090005);
        return block.subarray(block.indexOf(0, 2) + 1);
      },
    });
    const key = await identity.getCryptKey(null);
    const secret = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, text);
    expect(Buffer.from(await key.decrypt(secret))).toEqual(text);
    await expect(key.decrypt(new Uint8Array(128))).rejects.toEqual(peerError('E_INVALIDARG', 'CryptDecrypt'));
    await expect(key.decrypt('x' as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });

  test('is released once, and E_HANDLE from then on', async () => {
    const { identity, names } = nativeOf(answers);
    const key = await identity.getCryptKey(null);
    key.close();
    key.close();
    await expect(key.sign('sha1', text)).rejects.toEqual(peerError('E_HANDLE', 'CryptSignHash'));
    await expect(key.decrypt(text)).rejects.toEqual(peerError('E_HANDLE', 'CryptDecrypt'));
    expect(names().filter((name) => name === 'CryptReleaseContext')).toHaveLength(1);
  });
});

describe('a signer', () => {
  /** An identity whose texts the mock hands out as Windows would. */
  const own = network().platform();
  let peerName: string;
  let xml: string;
  beforeAll(async () => {
    const made = await own.identity.create({ classifier: 'signer' });
    peerName = made.peerName;
    xml = await made.toXml();
  });

  const answers = () => ({
    PeerIdentityGetCryptKey: 'provider',
    PeerIdentityGetDefault: peerName,
    PeerIdentityGetXML: xml,
    PeerIdentityExport: async (name: string, password: string) => (await own.identity.get(name)).export({ password }),
  });

  test('has the certificate and the public key of the identity', async () => {
    const expected = await (await own.identity.get(peerName)).signer();
    const signer = await nativeOf(answers()).identity.signer(null);
    expect(signer.peerName).toBe(peerName);
    expect(Buffer.from(signer.certificate)).toEqual(Buffer.from(expected.certificate));
    expect(Buffer.from(signer.publicKey)).toEqual(Buffer.from(expected.publicKey));
    expect(Buffer.from(await signer.tlsPrivateKey())).toEqual(Buffer.from(await expected.tlsPrivateKey()));
  });

  test('exports the key under another password each time', async () => {
    const { identity, calls } = nativeOf(answers());
    const signer = await identity.signer(peerName);
    await signer.tlsPrivateKey();
    await signer.tlsPrivateKey();
    const passwords = calls.filter(([name]) => name === 'PeerIdentityExport').map((call) => call[2]);
    expect(new Set(passwords).size).toBe(2);
    expect(passwords[0]).toMatch(/^[\w-]{32}$/);
  });

  test('signs by itself with a hash that the provider does not know', async () => {
    const unknown = windowsError('CryptSignHash', 0x80090008);
    const signer = await nativeOf({ ...answers(), CryptSignHash: unknown }).identity.signer(peerName);
    const key = createPublicKey({ key: Buffer.from(signer.publicKey), format: 'der', type: 'pkcs1' });
    expect(verify('sha256', Buffer.from('x'), key, await signer.sign('sha256', Buffer.from('x')))).toBe(true);
    const broken = windowsError('CryptSignHash', 0x8009000d);
    const other = await nativeOf({ ...answers(), CryptSignHash: broken }).identity.signer(peerName);
    await expect(other.sign('sha1', Buffer.from('x'))).rejects.toMatchObject({ code: '0x8009000d' });
  });

  test('is no signer where Windows gives a text in another form', async () => {
    const { identity } = nativeOf({ ...answers(), PeerIdentityGetXML: '<!DOCTYPE x><x/>' });
    await expect(identity.signer(null)).rejects.toEqual(peerError('E_UNEXPECTED', 'PeerIdentityGetXML'));
  });
});

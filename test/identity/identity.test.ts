import { constants, createPublicKey, generateKeyPairSync, publicEncrypt, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeCertificate } from '#fallback/certificates/certificate';
import { authorityOf, readPrivateKey } from '#fallback/certificates/rsa-key';
import { subjectPeerName, validateIdc } from '#fallback/certificates/validate-certificate';
import { IDENTITIES_LIMIT } from '#fallback/identity/identity-changes';
import { readIdentityInfo } from '#fallback/identity/identity-xml';
import { PeerError, StoreFormatError } from '#lib/errors';
import { failure, MemoryStores, memberKey, NOW, start, vectors, work } from './host-double.ts';

const NOBODY = `${'0'.repeat(40)}.nobody`;
const certificateIn = (xml: string) => decodeCertificate(readIdentityInfo(xml));

describe('PeerIdentityCreate', () => {
  it('makes an identity whose name comes from its key', async () => {
    const { identity } = await start();
    const name = await identity.create({ classifier: 'User.One', friendlyName: 'Zoë' });
    expect(name).toMatch(/^[0-9a-f]{40}\.User\.One$/);
    expect(await identity.enumerate()).toEqual([{ peerName: name, friendlyName: 'Zoë' }]);
    const signer = await identity.signer(name);
    expect(name.startsWith(authorityOf(signer.publicKey))).toBe(true);
    const certificate = certificateIn(await identity.getXml(name));
    expect(certificate.subject).toBe('Zoë');
    expect(subjectPeerName(certificate)).toBe(name);
    expect(certificate.notAfter.getUTCFullYear()).toBe(3026);
    expect(await validateIdc(certificate, NOW, work)).toBeUndefined();
  });

  it('takes the peer name for the friendly name, and no classifier for the empty one', async () => {
    const { identity } = await start();
    const name = await identity.create({});
    expect(name).toMatch(/^[0-9a-f]{40}\.$/);
    expect(await identity.getFriendlyName(name)).toBe(name);
    expect(await identity.getFriendlyName(name.slice(0, 40).toUpperCase())).toBe(name);
  });

  it('takes a given key, once for each classifier', async () => {
    const { identity } = await start();
    const privateKey = memberKey();
    expect(await identity.create({ privateKey, classifier: 'Member' })).toBe(vectors.member.peerName);
    expect(await failure(identity.create({ privateKey, classifier: 'Member' }))).toBe(
      'PEER_E_ALREADY_EXISTS PeerIdentityCreate',
    );
    await identity.create({ privateKey, classifier: 'member' });
    expect(await identity.enumerate()).toHaveLength(2);
  });

  it('leaves the host name out of the certificate where the peer name is too long for one', async () => {
    const { identity } = await start();
    const classifier = Array.from({ length: 149 }, (_, at) => String.fromCharCode(0x4e00 + 3 * at)).join('');
    const name = await identity.create({ classifier });
    const certificate = certificateIn(await identity.getXml(name));
    expect(subjectPeerName(certificate)).toBe(name);
    expect(Buffer.from(certificate.der).includes('.pnrp.net')).toBe(false);
    const again = await start();
    expect(await again.identity.import(await identity.export(name, 'x'), 'x')).toBe(name);
  });

  it('makes longer keys when asked', async () => {
    const { identity } = await start();
    const name = await identity.create({ keyBits: 2048 });
    expect((await identity.getCryptKey(name)).bits).toBe(2048);
    const again = await start();
    expect(await again.identity.import(await identity.export(name, 'x'), 'x')).toBe(name);
  });

  it('refuses keys, names and types that are none', async () => {
    const { identity, stores } = await start();
    const pkcs8 = (bits: number) =>
      generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'der', type: 'pkcs8' });
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      format: 'der',
      type: 'pkcs8',
    });
    const refused = async (options: object) => failure(identity.create(options));
    for (const options of [
      { privateKey: pkcs8(512) },
      { privateKey: elliptic },
      { privateKey: new Uint8Array(100) },
      { privateKey: memberKey(), keyBits: 2048 },
      { keyBits: 1023 },
      { keyBits: 4097 },
      { keyBits: 1024.5 },
      { friendlyName: 'x'.repeat(256) },
      { friendlyName: 'a\0' },
      { friendlyName: '\ud800' },
    ]) {
      expect(await refused(options)).toBe('E_INVALIDARG PeerIdentityCreate');
    }
    for (const classifier of ['x'.repeat(150), 'a\0', '\u0001', '\udc00']) {
      expect(await refused({ classifier })).toBe('PEER_E_INVALID_CLASSIFIER PeerIdentityCreate');
    }
    for (const options of [{ classifier: 5 }, { friendlyName: 5 }, { keyBits: '1024' }, { privateKey: 'key' }]) {
      expect(await refused(options)).toBe('ERR_INVALID_ARG_TYPE');
    }
    expect(await failure(identity.create(null as unknown as object))).toBe('ERR_INVALID_ARG_TYPE');
    expect(stores.entries.size).toBe(0);
  });

  it('takes names of the greatest length', async () => {
    const { identity } = await start();
    const name = await identity.create({ classifier: 'ж'.repeat(149), friendlyName: 'ж'.repeat(255) });
    expect(await validateIdc(certificateIn(await identity.getXml(name)), NOW, work)).toBeUndefined();
  });

  it('stops at the limit', async () => {
    const { identity, stores } = await start();
    for (let i = 0; i < IDENTITIES_LIMIT; i++) stores.entries.set(`identity/${NOBODY}${i}`, new Uint8Array());
    expect(await failure(identity.create({}))).toBe('PEER_E_TOO_MANY_IDENTITIES PeerIdentityCreate');
    await identity.delete(`${NOBODY}0`);
    await identity.create({});
  });
});

describe('the default identity', () => {
  it('comes into being when asked for, once', async () => {
    const stores = new MemoryStores();
    const [first, second] = [await start({ stores }), await start({ stores })];
    const names = await Promise.all([
      first.identity.getDefault(),
      second.identity.getDefault(),
      first.identity.getDefault(),
    ]);
    expect(new Set(names).size).toBe(1);
    expect(await first.identity.enumerate()).toHaveLength(1);
    expect(certificateIn(await second.identity.getXml(null)).subject).toBe(names[0]);
  });

  it('comes into being for calls without identity', async () => {
    const { identity } = await start();
    const friendly = await identity.getFriendlyName(null);
    expect(friendly).toBe(await identity.getDefault());
  });

  it('is the first identity, and after its end the oldest that is left', async () => {
    const { identity, advance } = await start();
    const names: string[] = [];
    for (let i = 0; i < 4; i++) {
      names.push(await identity.create({}));
      advance(10_000_000n);
    }
    for (const name of names) {
      expect(await identity.getDefault()).toBe(name);
      await identity.delete(name);
    }
    expect(names).not.toContain(await identity.getDefault());
  });
});

describe('friendly names', () => {
  it('are set, put into the certificate, and reset', async () => {
    const { identity } = await start();
    const name = await identity.create({ friendlyName: 'Old' });
    await identity.setFriendlyName(name, 'New');
    expect(await identity.getFriendlyName(name)).toBe('New');
    const certificate = certificateIn(await identity.getXml(name));
    expect(certificate.subject).toBe('New');
    expect(await validateIdc(certificate, NOW, work)).toBeUndefined();
    await identity.setFriendlyName(name, null);
    expect(await identity.getFriendlyName(name)).toBe(name);
    await identity.setFriendlyName(null, 'Default');
    await identity.setFriendlyName(null, '');
    expect(await identity.getFriendlyName(name)).toBe(name);
    expect(await failure(identity.setFriendlyName(name, 'x'.repeat(256)))).toBe(
      'E_INVALIDARG PeerIdentitySetFriendlyName',
    );
  });
});

describe('unknown identities', () => {
  it('are PEER_E_NOT_FOUND in every call', async () => {
    const { identity } = await start();
    for (const name of [NOBODY, 'no peer name', '']) {
      expect(await failure(identity.getFriendlyName(name))).toBe('PEER_E_NOT_FOUND PeerIdentityGetFriendlyName');
      expect(await failure(identity.setFriendlyName(name, 'x'))).toBe('PEER_E_NOT_FOUND PeerIdentitySetFriendlyName');
      expect(await failure(identity.delete(name))).toBe('PEER_E_NOT_FOUND PeerIdentityDelete');
      expect(await failure(identity.getXml(name))).toBe('PEER_E_NOT_FOUND PeerIdentityGetXML');
      expect(await failure(identity.export(name, 'x'))).toBe('PEER_E_NOT_FOUND PeerIdentityExport');
      expect(await failure(identity.enumerateGroups(name))).toBe('PEER_E_NOT_FOUND PeerEnumGroups');
      expect(await failure(identity.getCryptKey(name))).toBe('PEER_E_NOT_FOUND PeerIdentityGetCryptKey');
    }
    expect(await failure(identity.getXml(5 as unknown as string))).toBe('ERR_INVALID_ARG_TYPE');
    expect(await failure(identity.delete(null as unknown as string))).toBe('ERR_INVALID_ARG_TYPE');
  });
});

describe('PeerIdentityDelete', () => {
  it('is refused while groups remain', async () => {
    const { identity, groups } = await start();
    const name = await identity.create({});
    groups.set(name, [{ peerName: NOBODY, friendlyName: 'Group' }]);
    expect(await failure(identity.delete(name))).toBe('PEER_E_GROUPS_EXIST PeerIdentityDelete');
    expect(await identity.enumerateGroups(name)).toEqual([{ peerName: NOBODY, friendlyName: 'Group' }]);
    groups.clear();
    await identity.delete(name);
    expect(await identity.enumerate()).toEqual([]);
    expect(await failure(identity.delete(name))).toBe('PEER_E_NOT_FOUND PeerIdentityDelete');
  });
});

describe('export and import', () => {
  it('carry an identity to another home', async () => {
    const [here, there] = [await start(), await start()];
    const name = await here.identity.create({ classifier: 'a<&>b', friendlyName: 'Zoë' });
    const xml = await here.identity.export(name, 'secret');
    expect(await there.identity.import(xml, 'secret')).toBe(name);
    expect(await there.identity.getFriendlyName(name)).toBe('Zoë');
    expect(await there.identity.getXml(name)).toBe(await here.identity.getXml(name));
    expect(await failure(there.identity.import(xml, 'secret'))).toBe('PEER_E_ALREADY_EXISTS PeerIdentityImport');
    expect(await here.identity.enumerate()).toHaveLength(1);
  });

  it('open the vector', async () => {
    const { identity } = await start();
    expect(await identity.import(vectors.export.xml, vectors.export.password)).toBe(vectors.member.peerName);
    expect(await identity.getFriendlyName(null)).toBe('Member');
    expect(await identity.getXml(null)).toBe(vectors.member.info);
  });

  it('refuse an empty or wrong password and changed text', async () => {
    const { identity } = await start();
    const name = await identity.create({ classifier: 'x' });
    const xml = await identity.export(name, 'secret');
    await identity.delete(name);
    expect(await failure(identity.export(null, ''))).toBe('E_INVALIDARG PeerIdentityExport');
    for (const [text, password] of [
      [xml, ''],
      [xml, 'Secret'],
      [xml.replace('.x<', '.y<'), 'secret'],
      [xml.replace(name.slice(0, 40), '0'), 'secret'],
      [xml.replace(name, 'nobody'), 'secret'],
      [`<!DOCTYPE a>${xml}`, 'secret'],
      [xml.replace(/TQBJ/, 'TQBK'), 'secret'],
      ['', 'secret'],
    ] as const) {
      expect(await failure(identity.import(text, password))).toBe('E_INVALIDARG PeerIdentityImport');
    }
    expect(await failure(identity.import(5 as unknown as string, 'x'))).toBe('ERR_INVALID_ARG_TYPE');
    expect(await failure(identity.import(xml, 5 as unknown as string))).toBe('ERR_INVALID_ARG_TYPE');
    expect(await identity.import(xml, 'secret')).toBe(name);
  });

  it('refuse a key that is not that of the certificate, and a certificate that has expired', async () => {
    const { identity, stores, advance } = await start();
    const [one, two] = [await identity.create({}), await identity.create({})];
    const [entry, other] = [stores.entries.get(`identity/${one}`), stores.entries.get(`identity/${two}`)];
    const mixed = {
      ...JSON.parse(String(entry && Buffer.from(entry))),
      certificate: JSON.parse(String(other && Buffer.from(other))).certificate,
    };
    stores.entries.set(`identity/${one}`, Buffer.from(JSON.stringify(mixed)));
    const xml = await identity.export(one, 'x');
    const good = await identity.export(two, 'x');
    expect(await failure((await start()).identity.import(xml, 'x'))).toBe('E_INVALIDARG PeerIdentityImport');
    await identity.delete(two);
    advance(1001n * 366n * 864_000_000_000n);
    await expect(identity.import(good, 'x')).rejects.toThrow(/expired/);
  });
});

describe('keys', () => {
  it('sign and decrypt until they are released', async () => {
    const { identity } = await start();
    const key = await identity.getCryptKey(await identity.create({}));
    const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'spki' });
    const text = Buffer.from('text');
    expect(verify('sha256', text, publicKey, await key.sign('sha256', text))).toBe(true);
    const padding = constants.RSA_PKCS1_PADDING;
    for (const plain of [text, Buffer.alloc(0), Buffer.alloc(117, 7)]) {
      expect(Buffer.from(await key.decrypt(publicEncrypt({ key: publicKey, padding }, plain)))).toEqual(plain);
    }
    expect(key.bits).toBe(1024);
    for (const bytes of [
      new Uint8Array(128),
      new Uint8Array(128).fill(255),
      text,
      new Uint8Array(0),
      new Uint8Array(129),
    ]) {
      expect(await failure(key.decrypt(bytes))).toBe('E_INVALIDARG CryptDecrypt');
    }
    expect(await failure(key.sign('sha3' as 'sha1', text))).toBe('ERR_INVALID_ARG_TYPE');
    expect(await failure(key.decrypt('text' as unknown as Uint8Array))).toBe('ERR_INVALID_ARG_TYPE');
    key.close();
    key.close();
    expect(await failure(key.sign('sha1', text))).toBe('E_HANDLE CryptSignHash');
    expect(await failure(key.decrypt(text))).toBe('E_HANDLE CryptDecrypt');
  });

  it('let other areas speak in the name of an identity', async () => {
    const { identity } = await start();
    const signer = await identity.signer(null);
    expect(signer.peerName).toBe(await identity.getDefault());
    const publicKey = createPublicKey({ key: Buffer.from(signer.publicKey), format: 'der', type: 'pkcs1' });
    const bytes = Buffer.from('record');
    expect(verify('sha1', bytes, publicKey, await signer.sign('sha1', bytes))).toBe(true);
    expect(readPrivateKey(await signer.tlsPrivateKey())?.publicKey).toEqual(signer.publicKey);
    expect(decodeCertificate(signer.certificate).publicKey).toEqual(Uint8Array.from(signer.publicKey));
  });
});

describe('the store', () => {
  it('keeps identities from one platform to the next', async () => {
    const stores = new MemoryStores();
    const { identity } = await start({ stores });
    const name = await identity.create({ friendlyName: 'Kept' });
    await identity.close({ abrupt: false });
    const next = await start({ stores });
    expect(await next.identity.enumerate()).toEqual([{ peerName: name, friendlyName: 'Kept' }]);
  });

  it('lets only one of two processes make the same identity', async () => {
    const stores = new MemoryStores();
    const [one, two] = [await start({ stores }), await start({ stores })];
    const options = { privateKey: memberKey(), classifier: 'same' };
    const results = await Promise.all([failure(one.identity.create(options)), failure(two.identity.create(options))]);
    expect(results.sort()).toEqual(['PEER_E_ALREADY_EXISTS PeerIdentityCreate', 'nothing rejected']);
  });

  it('does not bring back what was deleted while it was renamed', async () => {
    const stores = new MemoryStores();
    const other = await start({ stores });
    const slow = {
      ...work,
      sign: async (...given: Parameters<typeof work.sign>) => {
        await other.identity.delete(name);
        return work.sign(...given);
      },
    };
    const name = await other.identity.create({});
    const { identity } = await start({ stores, work: slow });
    expect(await failure(identity.setFriendlyName(name, 'New'))).toBe('PEER_E_NOT_FOUND PeerIdentitySetFriendlyName');
    expect(stores.entries.size).toBe(0);
  });

  it.each([
    [new StoreFormatError('identity.db', 'damaged'), 'PEER_E_CERT_STORE_CORRUPTED', 'identity.db'],
    [new StoreFormatError('identity.db', 'newer'), 'PEER_E_UNSUPPORTED_VERSION', 'identity.db'],
    [Object.assign(new Error('write identity.db'), { code: 'ENOSPC' }), 'PEER_E_DISK_FULL', 'identity.db'],
    [Object.assign(new Error('open identity.db'), { code: 'EACCES' }), 'PEER_E_NO_KEY_ACCESS', 'identity.db'],
    [Object.assign(new Error('open identity.db'), { code: 'EPERM' }), 'PEER_E_NO_KEY_ACCESS', 'identity.db'],
    [Object.assign(new Error('open identity.db'), { code: 'EROFS' }), 'PEER_E_NO_KEY_ACCESS', 'identity.db'],
  ])('turns %s into %s', async (error, code, file) => {
    const { identity, stores } = await start();
    stores.fail = error;
    expect(await failure(identity.create({}))).toBe(`${code} PeerIdentityCreate`);
    await expect(identity.enumerate()).rejects.toThrow(file);
    stores.fail = undefined;
    expect(await identity.enumerate()).toEqual([]);
  });

  it('passes on what it does not know', async () => {
    const { identity, stores } = await start();
    stores.fail = new RangeError('strange');
    await expect(identity.enumerate()).rejects.toBe(stores.fail);
  });

  it('leaves the other identities usable when one is damaged or newer', async () => {
    const { identity, stores } = await start();
    const [good, bad, newer, keyless] = [await identity.create({}), `${NOBODY}1`, `${NOBODY}2`, `${NOBODY}3`];
    stores.entries.set(`identity/${newer}`, Buffer.from('{"version":2}'));
    stores.entries.set(`identity/${keyless}`, stores.entries.get(`identity/${good}`) ?? new Uint8Array());
    for (const text of ['', '{', 'null', '5', '{"version":1}', '{"version":1,"friendlyName":"x","created":"-1"}']) {
      stores.entries.set(`identity/${bad}`, Buffer.from(text));
      expect(await failure(identity.getFriendlyName(bad))).toBe(
        'PEER_E_CERT_STORE_CORRUPTED PeerIdentityGetFriendlyName',
      );
    }
    expect(await failure(identity.getXml(newer))).toBe('PEER_E_UNSUPPORTED_VERSION PeerIdentityGetXML');
    expect(await failure(identity.signer(keyless))).toBe('PEER_E_CERT_STORE_CORRUPTED PeerIdentityGetCryptKey');
    expect((await identity.enumerate()).map(({ peerName }) => peerName).sort()).toEqual([good, keyless].sort());
    expect(await identity.stats()).toMatchObject({ identities: 2, unusable: 2 });
    await identity.delete(bad);
    expect(stores.entries.has(`identity/${bad}`)).toBe(false);
  });

  it('tells no secrets in errors', async () => {
    const { identity } = await start();
    const xml = await identity.export(null, 'hunter2');
    const error = await identity.import(xml.replace('TQBJ', 'TQBK'), 'hunter2').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PeerError);
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
  });
});

describe('lifetime', () => {
  it('counts what it did', async () => {
    const { identity } = await start();
    const name = await identity.create({});
    const xml = await identity.export(name, 'x');
    await identity.delete(name);
    await identity.import(xml, 'x');
    expect(await identity.stats()).toEqual({
      version: 1,
      identities: 1,
      unusable: 0,
      created: 1,
      imported: 1,
      deleted: 1,
    });
  });

  it('is over after close', async () => {
    const { identity } = await start();
    await identity.close({ abrupt: false });
    await identity.close({ abrupt: true });
    const calls = {
      PeerIdentityCreate: () => identity.create({}),
      PeerEnumIdentities: () => identity.enumerate(),
      PeerIdentityGetDefault: () => identity.getDefault(),
      PeerIdentityGetFriendlyName: () => identity.getFriendlyName(null),
      PeerIdentitySetFriendlyName: () => identity.setFriendlyName(null, 'x'),
      PeerIdentityDelete: () => identity.delete(NOBODY),
      PeerIdentityGetXML: () => identity.getXml(null),
      PeerIdentityExport: () => identity.export(null, 'x'),
      PeerIdentityImport: () => identity.import('x', 'x'),
      PeerEnumGroups: () => identity.enumerateGroups(null),
      PeerIdentityGetCryptKey: () => identity.signer(null),
    };
    for (const [operation, call] of Object.entries(calls)) {
      expect(await failure(call())).toBe(`PEER_E_NOT_INITIALIZED ${operation}`);
    }
  });
});

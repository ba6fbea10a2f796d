import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { Identity } from 'winpeer/identity';
import type { Stage } from './stages.ts';

/**
 * What the Identity Manager promises, whatever runs below. A title names the Windows functions that it is about, and
 * the code that they document where it is about one.
 */
export function identitySuite(make: () => Stage): void {
  const stage = make();
  describe(`identity: ${stage.title}`, () => {
    let platform: Platform;
    beforeAll(() => {
      platform = stage.platform();
    });
    afterAll(() => stage.end());

    const codeOf = (code: string, operation: string) => expect.objectContaining({ name: 'PeerError', code, operation });

    describe('PeerIdentityCreate', () => {
      test('makes a secure name of the classifier and stores it with its friendly name', async () => {
        const made = await platform.identity.create({ classifier: 'chat', friendlyName: 'Zoë 🐙' });
        expect(made.peerName).toMatch(/^[0-9a-f]{40}\.chat$/);
        expect(made.friendlyName).toBe('Zoë 🐙');
        expect((await platform.identity.get(made.peerName)).friendlyName).toBe('Zoë 🐙');
      });

      test('takes the peer name as friendly name when there is none', async () => {
        const made = await platform.identity.create({ classifier: 'plain' });
        expect(made.friendlyName).toBe(made.peerName);
      });

      test('takes classifiers up to 149 characters', async () => {
        const classifier = 'ü'.repeat(149);
        const made = await platform.identity.create({ classifier });
        expect(platform.names.parse(made.peerName).classifier).toBe(classifier);
      });

      test.each([
        ['150 characters', 'ü'.repeat(150)],
        ['a NUL', 'a\0b'],
      ])(
        '[PeerIdentityCreate E_INVALIDARG] refuses a classifier of %s: PEER_E_INVALID_CLASSIFIER',
        async (_what, classifier) => {
          await expect(platform.identity.create({ classifier })).rejects.toEqual(
            codeOf('PEER_E_INVALID_CLASSIFIER', 'PeerIdentityCreate'),
          );
        },
      );

      test('[PeerIdentityCreate E_INVALIDARG] refuses a friendly name of 256 characters', async () => {
        await expect(platform.identity.create({ friendlyName: 'x'.repeat(256) })).rejects.toEqual(
          codeOf('E_INVALIDARG', 'PeerIdentityCreate'),
        );
      });

      test('[PeerIdentityCreate E_INVALIDARG] refuses what is no RSA key of 1024 bits or more', async () => {
        await expect(platform.identity.create({ privateKey: new Uint8Array(100) })).rejects.toEqual(
          codeOf('E_INVALIDARG', 'PeerIdentityCreate'),
        );
      });

      test('[PeerIdentityCreate PEER_E_ALREADY_EXISTS] refuses the same key with the same classifier', async () => {
        const first = await platform.identity.create({ classifier: 'twice' });
        const privateKey = await (await first.signer()).tlsPrivateKey();
        const again = await platform.identity.create({ privateKey, classifier: 'other' });
        expect(platform.names.parse(again.peerName).authority).toBe(platform.names.parse(first.peerName).authority);
        await expect(platform.identity.create({ privateKey, classifier: 'twice' })).rejects.toEqual(
          codeOf('PEER_E_ALREADY_EXISTS', 'PeerIdentityCreate'),
        );
      });

      test('[PeerIdentityCreate PEER_E_TOO_MANY_IDENTITIES] after as many as a user can have', async () => {
        await using own = stage.platform();
        const privateKey = await (await (await own.identity.create()).signer()).tlsPrivateKey();
        let refused: unknown;
        for (let made = 1; refused === undefined && made < 1000; made++) {
          refused = await own.identity.create({ privateKey, classifier: `${made}` }).then(
            () => undefined,
            (error: unknown) => error,
          );
        }
        expect(refused).toEqual(codeOf('PEER_E_TOO_MANY_IDENTITIES', 'PeerIdentityCreate'));
      });

      test('refuses wrong types with a TypeError', async () => {
        // @ts-expect-error a number is no classifier
        await expect(platform.identity.create({ classifier: 5 })).rejects.toMatchObject({
          name: 'TypeError',
          code: 'ERR_INVALID_ARG_TYPE',
        });
      });
    });

    test('export and import without a password are a TypeError that says so', async () => {
      const missing = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: expect.stringMatching(/^password /) };
      const made = await platform.identity.create();
      for (const options of [undefined, null, {}] as never[]) {
        await expect(made.export(options)).rejects.toMatchObject(missing);
        await expect(platform.identity.import('<x/>', options)).rejects.toMatchObject(missing);
      }
    });

    test('PeerEnumIdentities lists every identity, by peer name', async () => {
      await using own = stage.platform();
      expect(await own.identity.list()).toEqual([]);
      const made = [await own.identity.create({ friendlyName: 'A' }), await own.identity.create({ friendlyName: 'B' })];
      const names = made.map((it) => it.peerName).sort();
      expect((await own.identity.list()).map((it) => it.peerName)).toEqual(names);
    });

    test('PeerIdentityGetDefault makes the default identity once and keeps it', async () => {
      await using own = stage.platform();
      const first = await own.identity.default();
      expect((await own.identity.default()).peerName).toBe(first.peerName);
      await own.identity.create({ friendlyName: 'another' });
      expect((await own.identity.default()).peerName).toBe(first.peerName);
    });

    describe('friendly names', () => {
      test('PeerIdentitySetFriendlyName changes it, and null or nothing makes it the peer name', async () => {
        const made = await platform.identity.create({ friendlyName: 'before' });
        await made.rename('after');
        expect((await platform.identity.get(made.peerName)).friendlyName).toBe('after');
        await made.rename(null);
        expect((await platform.identity.get(made.peerName)).friendlyName).toBe(made.peerName);
        await made.rename('');
        expect(made.friendlyName).toBe(made.peerName);
      });

      test('[PeerIdentityGetFriendlyName PEER_E_NOT_FOUND] of an unknown identity', async () => {
        await expect(platform.identity.get(`${'0'.repeat(40)}.nobody`)).rejects.toEqual(
          codeOf('PEER_E_NOT_FOUND', 'PeerIdentityGetFriendlyName'),
        );
      });

      test('[PeerIdentityGetFriendlyName E_INVALIDARG] of what is no peer name: PEER_E_NOT_FOUND', async () => {
        await expect(platform.identity.get('nobody')).rejects.toEqual(
          codeOf('PEER_E_NOT_FOUND', 'PeerIdentityGetFriendlyName'),
        );
      });

      test('[PeerIdentitySetFriendlyName PEER_E_NOT_FOUND] of a deleted identity', async () => {
        const made = await platform.identity.create();
        await made.delete();
        await expect(made.rename('ghost')).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', 'PeerIdentitySetFriendlyName'));
      });

      test('[PeerIdentitySetFriendlyName E_INVALIDARG] of 256 characters, and the old one stays', async () => {
        const made = await platform.identity.create({ friendlyName: 'short' });
        await expect(made.rename('x'.repeat(256))).rejects.toEqual(
          codeOf('E_INVALIDARG', 'PeerIdentitySetFriendlyName'),
        );
        expect((await platform.identity.get(made.peerName)).friendlyName).toBe('short');
      });
    });

    describe('PeerIdentityDelete', () => {
      test('removes the identity for good', async () => {
        const made = await platform.identity.create();
        await made.delete();
        expect((await platform.identity.list()).map((it) => it.peerName)).not.toContain(made.peerName);
      });

      test('[PeerIdentityDelete PEER_E_NOT_FOUND] twice', async () => {
        const made = await platform.identity.create();
        await made.delete();
        await expect(made.delete()).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', 'PeerIdentityDelete'));
      });
    });

    describe('names of an identity', () => {
      test('PeerCreatePeerName keeps the authority and takes the classifier', async () => {
        const made = await platform.identity.create({ classifier: 'one' });
        const { authority } = platform.names.parse(made.peerName);
        expect(platform.names.create(made.peerName, 'two')).toBe(`${authority}.two`);
        expect(platform.names.create(made.peerName, null)).toBe(made.peerName);
        expect(platform.names.create(null, 'two')).toBe('0.two');
      });

      test('[PeerCreatePeerName E_INVALIDARG] without identity and classifier', () => {
        expect(() => platform.names.create(null, null)).toThrow(codeOf('E_INVALIDARG', 'PeerCreatePeerName'));
      });

      test('PeerNameToPeerHostName and PeerHostNameToPeerName undo each other', () => {
        for (const name of ['0.test', `${'7'.repeat(40)}.Zoë und Ümit.v2`, `${'a'.repeat(40)}.p-p`]) {
          expect(platform.names.fromHostName(platform.names.toHostName(name))).toBe(name);
        }
      });

      test('[PeerNameToPeerHostName E_INVALIDARG] of what is no peer name: PEER_E_INVALID_PEER_NAME', () => {
        expect(() => platform.names.toHostName('nonsense')).toThrow(
          codeOf('PEER_E_INVALID_PEER_NAME', 'PeerNameToPeerHostName'),
        );
      });

      test('[PeerHostNameToPeerName E_INVALIDARG] of another host name: PEER_E_INVALID_PEER_HOST_NAME', () => {
        expect(() => platform.names.fromHostName('www.example.com')).toThrow(
          codeOf('PEER_E_INVALID_PEER_HOST_NAME', 'PeerHostNameToPeerName'),
        );
      });
    });

    test('PeerIdentityGetXML is a PEERIDENTITYINFO fragment on one line', async () => {
      const made = await platform.identity.create({ classifier: 'xml' });
      expect(await made.toXml()).toMatch(
        /^<PEERIDENTITYINFO VERSION="1\.0"><IDC [^>]*>[A-Za-z0-9+/=]+<\/IDC><\/PEERIDENTITYINFO>$/,
      );
    });

    test('[PeerIdentityGetXML PEER_E_NOT_FOUND] of a deleted identity', async () => {
      const made = await platform.identity.create();
      await made.delete();
      await expect(made.toXml()).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', 'PeerIdentityGetXML'));
    });

    describe('without access to the private keys', () => {
      let made: Identity;
      let xml: string;
      let locked: Platform;
      beforeAll(async () => {
        const lockable = stage.lockable();
        locked = lockable.platform;
        made = await locked.identity.create();
        xml = await (await platform.identity.create()).export({ password: 'x' });
        lockable.lock();
      });

      test.each<[string, () => Promise<unknown>]>([
        ['PeerIdentityCreate', () => locked.identity.create()],
        ['PeerIdentityGetFriendlyName', () => locked.identity.get(made.peerName)],
        ['PeerIdentitySetFriendlyName', () => made.rename('other')],
        ['PeerIdentityGetCryptKey', () => made.cryptKey()],
        ['PeerIdentityExport', () => made.export({ password: 'x' })],
        ['PeerIdentityImport', () => locked.identity.import(xml, { password: 'x' })],
      ])('[%s PEER_E_NO_KEY_ACCESS] is what it says', async (operation, call) => {
        await expect(call()).rejects.toEqual(codeOf('PEER_E_NO_KEY_ACCESS', operation));
      });
    });

    describe('export and import', () => {
      test('PeerIdentityExport and PeerIdentityImport carry an identity to another user', async () => {
        const made = await platform.identity.create({ classifier: 'moving', friendlyName: 'Möbel' });
        const xml = await made.export({ password: 'pässword' });
        await using other = stage.platform();
        const arrived = await other.identity.import(xml, { password: 'pässword' });
        expect(arrived.peerName).toBe(made.peerName);
        const text = new TextEncoder().encode('signed');
        expect(await (await arrived.signer()).sign('sha1', text)).toEqual(
          await (await made.signer()).sign('sha1', text),
        );
      });

      test('[PeerIdentityExport E_INVALIDARG] without password', async () => {
        const made = await platform.identity.create();
        await expect(made.export({ password: '' })).rejects.toEqual(codeOf('E_INVALIDARG', 'PeerIdentityExport'));
      });

      test('[PeerIdentityExport PEER_E_NOT_FOUND] of a deleted identity', async () => {
        const made = await platform.identity.create();
        await made.delete();
        await expect(made.export({ password: 'x' })).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', 'PeerIdentityExport'));
      });

      test('[PeerIdentityImport E_INVALIDARG] with the wrong password, and of tampered text', async () => {
        const made = await platform.identity.create();
        const xml = await made.export({ password: 'right' });
        await using other = stage.platform();
        const refused = codeOf('E_INVALIDARG', 'PeerIdentityImport');
        await expect(other.identity.import(xml, { password: 'wrong' })).rejects.toEqual(refused);
        await expect(
          other.identity.import(`${xml.slice(0, 400)}${xml[400] === 'A' ? 'B' : 'A'}${xml.slice(401)}`, {
            password: 'right',
          }),
        ).rejects.toEqual(refused);
        await expect(other.identity.import('<!DOCTYPE x><x/>', { password: 'right' })).rejects.toEqual(refused);
        expect(await other.identity.list()).toEqual([]);
      });

      test('[PeerIdentityImport PEER_E_ALREADY_EXISTS] of an identity that is there', async () => {
        const made = await platform.identity.create();
        const xml = await made.export({ password: 'x' });
        await expect(platform.identity.import(xml, { password: 'x' })).rejects.toEqual(
          codeOf('PEER_E_ALREADY_EXISTS', 'PeerIdentityImport'),
        );
      });
    });

    describe('groups', () => {
      test('PeerEnumGroups is empty for an identity without groups', async () => {
        expect(await (await platform.identity.create()).groups()).toEqual([]);
      });

      test('[PeerEnumGroups PEER_E_NOT_FOUND] of a deleted identity', async () => {
        const made = await platform.identity.create();
        await made.delete();
        await expect(made.groups()).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', 'PeerEnumGroups'));
      });
    });

    describe('PeerIdentityGetCryptKey', () => {
      test('signs and decrypts until it is closed', async () => {
        const key = await (await platform.identity.create()).cryptKey();
        expect(key.bits).toBe(1024);
        expect(await key.sign('sha1', new Uint8Array(3))).toHaveLength(128);
        key.close();
        await expect(key.sign('sha1', new Uint8Array(3))).rejects.toMatchObject({ code: 'E_HANDLE' });
      });

      test('[PeerIdentityGetCryptKey PEER_E_NOT_FOUND] of a deleted identity', async () => {
        const made = await platform.identity.create();
        await made.delete();
        await expect(made.cryptKey()).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', 'PeerIdentityGetCryptKey'));
      });
    });

    test('two platforms of one home see each other’s identities, and neither loses one', async () => {
      const home = stage.home();
      const [one, two] = [stage.platform(home), stage.platform(home)];
      const made = await Promise.all([one, two, one, two].map((it) => it.identity.create()));
      const names = made.map((it) => it.peerName).sort();
      expect((await one.identity.list()).map((it) => it.peerName)).toEqual(names);
      expect((await two.identity.list()).map((it) => it.peerName)).toEqual(names);
    });

    test('after close every call is PEER_E_NOT_INITIALIZED', async () => {
      const own = stage.platform();
      const made = await own.identity.create();
      await own.close();
      await own.close();
      await expect(own.identity.list()).rejects.toMatchObject({ code: 'PEER_E_NOT_INITIALIZED' });
      await expect(made.rename('x')).rejects.toMatchObject({ code: 'PEER_E_NOT_INITIALIZED' });
    });
  });
}

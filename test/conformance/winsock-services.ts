import { describe, expect, test } from 'vitest';
import type { PnrpService } from 'winpeer/winsock';
import type { Company } from './company.ts';
import { at, codeOf, find, portsOf } from './winsock-asking.ts';

const setService = (code: string) => codeOf(code, 'WSASetServiceW');

/** Names that come and go. */
export function serviceCases(company: Company): void {
  describe('WSASetServiceW with RNRSERVICE_REGISTER', () => {
    test('a name with comment, ten addresses and bytes, in the global cloud where none is named', async () => {
      const addresses = Array.from({ length: 10 }, (_, index) => ({
        address: `2001:db8::${index + 1}`,
        port: 6000 + index,
      }));
      const payload = Uint8Array.from({ length: 4096 }, (_, index) => index & 0xff);
      const service = { peerName: '0.Straße 七', comment: 'größer 🐙', addresses, payload };
      await company.alice.winsock.register(service);
      expect(await find(company.bob, { peerName: service.peerName })).toEqual([{ ...service, cloud: 'Global_' }]);
      expect(await find(company.bob, { peerName: service.peerName, cloud: '' })).toHaveLength(1);
      await company.alice.winsock.delete(service);
    });

    test('GLOBAL_ is the global cloud, which is called Global_', async () => {
      const service = { peerName: '0.capitals', addresses: at(1) };
      await company.alice.winsock.register({ ...service, cloud: 'GLOBAL_' });
      await company.alice.winsock.register({ ...service, cloud: 'Global_', addresses: at(2) });
      const query = { peerName: '0.capitals', cloud: 'GLOBAL_', max: 2 };
      expect(await find(company.bob, query)).toMatchObject([{ cloud: 'Global_', addresses: at(2) }]);
      await company.alice.winsock.delete({ ...service, cloud: 'GLOBAL_' });
    });

    test('a payload that is a text comes back as one; to PeerPnrpResolve it is UTF-16', async () => {
      const service = { peerName: '0.text', addresses: at(1), payload: 'ein Brief, 手紙' };
      await company.alice.winsock.register(service);
      expect((await find(company.bob, { peerName: '0.text' }))[0]?.payload).toBe(service.payload);
      const { endpoints } = await company.bob.pnrp.resolve('0.text', { cloud: 'Global_' });
      expect(Buffer.from(endpoints[0]?.payload ?? []).toString('utf16le')).toBe(service.payload);
      await company.alice.winsock.delete(service);
      const longest = { ...service, payload: 'x'.repeat(2047) };
      await company.alice.winsock.register(longest);
      expect((await find(company.bob, { peerName: '0.text' }))[0]?.payload).toBe(longest.payload);
      await company.alice.winsock.delete(longest);
    });

    test('registering again replaces: addresses, comment, payload, and where it is', async () => {
      const first: PnrpService = { peerName: '0.again', addresses: at(1), comment: 'first' };
      await company.alice.winsock.register(first);
      await company.alice.winsock.register({ ...first, addresses: [...at(2), ...at(3)], comment: 'second' });
      const query = { peerName: '0.again', max: 5 };
      expect(await find(company.bob, query)).toEqual([
        { peerName: '0.again', cloud: 'Global_', comment: 'second', addresses: [...at(2), ...at(3)] },
      ]);
      const last: PnrpService = { peerName: '0.again', addresses: at(4, '2001:db8:9::1'), payload: Uint8Array.of(1) };
      await company.alice.winsock.register(last);
      expect(await find(company.bob, query)).toEqual([{ ...last, cloud: 'Global_' }]);
      await company.alice.winsock.delete(last);
      expect(await find(company.bob, query)).toEqual([]);
    });

    test('what can’t replace leaves what was there', async () => {
      const service = { peerName: '0.kept', addresses: at(1) };
      await company.alice.winsock.register(service);
      const [unknown] = await Promise.allSettled([
        company.alice.winsock.register({ ...service, addresses: at(2), identity: `${'a'.repeat(40)}.x` }),
      ]);
      expect(unknown).toMatchObject({ status: 'rejected', reason: { code: 'WSA_PNRP_INVALID_IDENTITY' } });
      expect(await portsOf(company.bob, { peerName: '0.kept' })).toEqual([1]);
      await company.alice.winsock.delete(service);
    });

    test('another identity signs from then on', async () => {
      const [one, two] = [await company.alice.identity.create(), await company.alice.identity.create()];
      await company.alice.winsock.register({ peerName: '0.signed', addresses: at(1), identity: one.peerName });
      const service = { peerName: '0.signed', addresses: at(2), identity: two.peerName };
      await company.alice.winsock.register(service);
      expect(await portsOf(company.bob, { peerName: '0.signed', max: 5 })).toEqual([2]);
      await company.alice.winsock.delete(service);
    });

    test('a secure name, by whoever owns its identity', async () => {
      const identity = await company.alice.identity.create({ classifier: 'service' });
      const service = { peerName: identity.peerName, identity: identity.peerName, addresses: at(5000) };
      await company.alice.winsock.register(service);
      expect(await portsOf(company.bob, { peerName: identity.peerName })).toEqual([5000]);
      await company.alice.winsock.delete(service);
    });

    test('calls on one name take effect in their order', async () => {
      const service = { peerName: '0.order', addresses: at(1) };
      await Promise.all([
        company.alice.winsock.register(service),
        company.alice.winsock.register({ ...service, addresses: at(2), comment: 'later' }),
        company.alice.winsock.delete({ ...service, comment: 'later' }),
        company.alice.winsock.register({ ...service, addresses: at(3) }),
      ]);
      expect(await portsOf(company.bob, { peerName: '0.order', max: 5 })).toEqual([3]);
      await company.alice.winsock.delete(service);
    });

    test('a name of a platform that closes ends with it', async () => {
      const own = await company.join();
      await own.winsock.register({ peerName: '0.closing', addresses: at(1), lifetime: 60 });
      expect(await portsOf(company.bob, { peerName: '0.closing' })).toEqual([1]);
      await own.close();
      expect(await portsOf(company.bob, { peerName: '0.closing' })).toEqual([]);
    });

    test('a signal takes back what was being registered', async () => {
      const stop = new AbortController();
      const service = { peerName: '0.aborted', addresses: at(1) };
      const registering = company.alice.winsock.register({ ...service, signal: stop.signal });
      stop.abort(new Error('enough'));
      await expect(registering).rejects.toThrow('enough');
      // Takes its turn behind what was begun, and finds it for as long as it has not been taken back.
      const deleting = () => company.alice.winsock.delete({ ...service, comment: 'other' }).catch(({ code }) => code);
      let code = await deleting();
      while (code === 'WSAEINVAL') code = await deleting();
      expect(code).toBe('WSASERVICE_NOT_FOUND');
      expect(await portsOf(company.bob, { peerName: '0.aborted' })).toEqual([]);
    });

    test.each<[string, Partial<PnrpService>]>([
      ['no address', { addresses: [] }],
      ['eleven addresses', { addresses: Array.from({ length: 11 }, () => ({ address: '2001:db8::1', port: 1 })) }],
      ['an IPv4 address', { addresses: at(1, '127.0.0.1') }],
      ['a multicast address', { addresses: at(1, 'ff02::1') }],
      ['port 0', { addresses: at(0) }],
      ['port 65536', { addresses: at(65_536) }],
      ['a name that is none', { peerName: 'nonsense' }],
      ['a comment of 40 characters', { comment: 'x'.repeat(40) }],
      ['4097 bytes', { payload: new Uint8Array(4097) }],
      ['a text of 2048 characters', { payload: 'x'.repeat(2048) }],
      ['a text with U+0000', { payload: 'a\0b' }],
      ['lifetime 0', { lifetime: 0 }],
      ['lifetime 1.5', { lifetime: 1.5 }],
      ['a lifetime of more than 32 bits', { lifetime: 2 ** 32 }],
      ['a hint that is no address', { hint: { address: 'here', port: 0 } }],
      ['a hint with port -1', { hint: { address: '2001:db8::1', port: -1 } }],
    ])('[WSASetServiceW WSAEINVAL] %s', async (_what, wrong) => {
      const service = { peerName: '0.wrong', addresses: at(1), ...wrong };
      await expect(company.alice.winsock.register(service)).rejects.toEqual(setService('WSAEINVAL'));
    });

    test('[WSASetServiceW WSA_PNRP_CLOUD_NOT_FOUND] an unknown cloud, and what stands for several', async () => {
      for (const cloud of ['Nowhere_', 'global_', 'PEER_PNRP_ALL_LINKS']) {
        await expect(company.alice.winsock.register({ peerName: '0.x', addresses: at(1), cloud })).rejects.toEqual(
          setService('WSA_PNRP_CLOUD_NOT_FOUND'),
        );
      }
    });

    test('[WSASetServiceW WSA_PNRP_INVALID_IDENTITY] one that is not there, not the owner’s, or with a key that does not fit', async () => {
      const refused = setService('WSA_PNRP_INVALID_IDENTITY');
      const strange = `${'a'.repeat(40)}.strange`;
      const [owner, other] = [await company.alice.identity.create(), await company.alice.identity.create()];
      const large = await company.alice.identity.create({ keyBits: 2048 });
      for (const wrong of [
        { peerName: strange },
        { peerName: '0.x', identity: strange },
        { peerName: owner.peerName, identity: other.peerName },
        { peerName: large.peerName },
      ]) {
        await expect(company.alice.winsock.register({ ...wrong, addresses: at(1) })).rejects.toEqual(refused);
      }
    });

    test('[WSASetServiceW WSA_PNRP_DUPLICATE_PEER_NAME] of what PeerPnrpRegister registered, and the other way round', async () => {
      const registration = await company.alice.pnrp.register('0.both', { cloud: 'Global_', port: 1 });
      const service = { peerName: '0.both', addresses: at(2) };
      await expect(company.alice.winsock.register(service)).rejects.toEqual(setService('WSA_PNRP_DUPLICATE_PEER_NAME'));
      await registration.unregister();
      await company.alice.winsock.register(service);
      await expect(company.alice.pnrp.register('0.both', { cloud: 'Global_', port: 1 })).rejects.toMatchObject({
        code: 'PEER_E_DUPLICATE_PEER_NAME',
      });
      await company.alice.winsock.delete(service);
    });

    test('[WSASetServiceW WSA_PNRP_TOO_MUCH_LOAD] the 257th name', async () => {
      // Not of the company: 256 names would keep the searches of its next cases busy.
      const own = company.stage.platform();
      const names = Array.from({ length: 257 }, (_, index) => `0.name ${index}`);
      const settled = await Promise.allSettled(
        names.map((peerName) => own.winsock.register({ peerName, addresses: at(1) })),
      );
      const refused = settled.filter((it) => it.status === 'rejected');
      expect(refused.map((it) => it.reason)).toEqual([setService('WSA_PNRP_TOO_MUCH_LOAD')]);
    });

    test('[WSASetServiceW WSAENETUNREACH] [WSALookupServiceBeginW WSAENETUNREACH] without an address in the cloud', async () => {
      await using offline = company.stage.offline();
      const { winsock } = offline;
      await expect(winsock.register({ peerName: '0.x', addresses: at(1) })).rejects.toEqual(
        setService('WSAENETUNREACH'),
      );
      await expect(winsock.lookupName({ peerName: '0.x' })).rejects.toEqual(
        codeOf('WSAENETUNREACH', 'WSALookupServiceBeginW'),
      );
    });

    test('wrong types are a TypeError', async () => {
      const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
      const service = { peerName: '0.x', addresses: at(1) };
      for (const change of [{ peerName: 5 }, { addresses: undefined }, { payload: [1] }, { hint: '::1' }]) {
        await expect(company.alice.winsock.register({ ...service, ...change } as never)).rejects.toMatchObject(wrong);
        await expect(company.alice.winsock.delete({ ...service, ...change } as never)).rejects.toMatchObject(wrong);
      }
      for (const change of [{ max: '1' }, { want: 'name' }, { cloud: 1 }]) {
        await expect(company.alice.winsock.lookupName({ peerName: '0.x', ...change } as never)).rejects.toMatchObject(
          wrong,
        );
      }
      await expect(company.alice.winsock.lookupClouds({ scope: 1 } as never)).rejects.toMatchObject(wrong);
    });
  });

  describe('WSASetServiceW with RNRSERVICE_DELETE', () => {
    const service: PnrpService = {
      peerName: '0.deleted',
      addresses: at(1),
      comment: 'c',
      lifetime: 28_800,
      hint: { address: '2001:db8::5', port: 0 },
      payload: Uint8Array.of(1, 2),
    };

    test('the addresses do not matter, nor how the same is written', async () => {
      await company.alice.winsock.register(service);
      expect(await portsOf(company.bob, { peerName: service.peerName })).toEqual([1]);
      await company.alice.winsock.delete({ ...service, addresses: [], cloud: 'Global_' });
      expect(await portsOf(company.bob, { peerName: service.peerName })).toEqual([]);
    });

    test.each<[string, Partial<PnrpService>]>([
      ['comment', { comment: 'd' }],
      ['identity', { identity: `${'a'.repeat(40)}.x` }],
      ['lifetime', { lifetime: 86_400 }],
      ['hint', { hint: { address: '2001:db8::6', port: 0 } }],
      ['payload', { payload: Uint8Array.of(1, 3) }],
      ['type of the payload', { payload: '\u0201' }],
    ])('[WSASetServiceW WSAEINVAL] with another %s', async (_what, other) => {
      await company.alice.winsock.register(service);
      await expect(company.alice.winsock.delete({ ...service, ...other })).rejects.toEqual(setService('WSAEINVAL'));
      await company.alice.winsock.delete(service);
    });

    test('[WSASetServiceW WSASERVICE_NOT_FOUND] what is not registered, by another platform, or by PeerPnrpRegister', async () => {
      const refused = setService('WSASERVICE_NOT_FOUND');
      await expect(company.alice.winsock.delete({ peerName: '0.nothing', addresses: [] })).rejects.toEqual(refused);
      await company.bob.winsock.register(service);
      await expect(company.alice.winsock.delete(service)).rejects.toEqual(refused);
      await company.bob.winsock.delete(service);
      await expect(company.bob.winsock.delete(service)).rejects.toEqual(refused);
      const registration = await company.alice.pnrp.register('0.simple', { cloud: 'Global_', port: 1 });
      await expect(company.alice.winsock.delete({ peerName: '0.simple', addresses: at(1) })).rejects.toEqual(refused);
      await registration.unregister();
    });
  });
}

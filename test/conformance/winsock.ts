import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { OpenCloud } from 'winpeer/pnrp';
import type { CloudResult, Lookup, NameQuery, NameResult, PnrpService } from 'winpeer/winsock';
import type { Stage } from './stages.ts';

/** What the PNRP name space of Winsock promises, whatever runs below. */
export function winsockSuite(make: () => Stage): void {
  const stage = make();
  describe(`winsock: ${stage.title}`, () => {
    let seed: OpenCloud;
    let alice: Platform;
    let bob: Platform;

    async function open(platform: Platform): Promise<OpenCloud> {
      const cloud = await platform.pnrp.open({
        ...(stage.listen === undefined ? {} : { listen: stage.listen }),
        seeds: seed?.addresses ?? [],
      });
      await cloud.joined();
      return cloud;
    }

    /** A platform whose node has entered the cloud. */
    async function join(): Promise<Platform> {
      const platform = stage.platform();
      await open(platform);
      return platform;
    }

    beforeAll(async () => {
      const first = stage.platform();
      seed = await open(first);
      await first.pnrp.register('0.seed', { cloud: seed.cloud, port: 1 });
      alice = await join();
      bob = await join();
    });
    afterAll(() => stage.end());

    const at = (port: number, address = '2001:db8::1') => [{ address, port }];
    const codeOf = (code: string, operation: string) =>
      expect.objectContaining({ name: 'PeerError', code, operation, win32: expect.any(Number) });
    const setService = (code: string) => codeOf(code, 'WSASetServiceW');
    const begin = (code: string) => codeOf(code, 'WSALookupServiceBeginW');

    async function all<Result>(lookup: Lookup<Result>): Promise<Result[]> {
      const results: Result[] = [];
      for (let next = await lookup.next(); next !== undefined; next = await lookup.next()) results.push(next);
      return results;
    }

    async function find(platform: Platform, query: NameQuery): Promise<NameResult[]> {
      const lookup = await platform.winsock.lookupName(query);
      const results = await all(lookup);
      await lookup.end();
      return results;
    }

    const portsOf = async (platform: Platform, query: NameQuery) =>
      (await find(platform, query)).map((it) => it.addresses[0]?.port);

    describe('WSASetServiceW with RNRSERVICE_REGISTER', () => {
      test('a name with comment, ten addresses and bytes, in the global cloud where none is named', async () => {
        const addresses = Array.from({ length: 10 }, (_, index) => ({
          address: `2001:db8::${index + 1}`,
          port: 6000 + index,
        }));
        const payload = Uint8Array.from({ length: 4096 }, (_, index) => index & 0xff);
        const service = { peerName: '0.Straße 七', comment: 'größer 🐙', addresses, payload };
        await alice.winsock.register(service);
        expect(await find(bob, { peerName: service.peerName })).toEqual([{ ...service, cloud: 'Global_' }]);
        expect(await find(bob, { peerName: service.peerName, cloud: '' })).toHaveLength(1);
        await alice.winsock.delete(service);
      });

      test('a payload that is a text comes back as one; to PeerPnrpResolve it is UTF-16', async () => {
        const service = { peerName: '0.text', addresses: at(1), payload: 'ein Brief, 手紙' };
        await alice.winsock.register(service);
        expect((await find(bob, { peerName: '0.text' }))[0]?.payload).toBe(service.payload);
        const { endpoints } = await bob.pnrp.resolve('0.text', { cloud: 'Global_' });
        expect(Buffer.from(endpoints[0]?.payload ?? []).toString('utf16le')).toBe(service.payload);
        await alice.winsock.delete(service);
        const longest = { ...service, payload: 'x'.repeat(2047) };
        await alice.winsock.register(longest);
        expect((await find(bob, { peerName: '0.text' }))[0]?.payload).toBe(longest.payload);
        await alice.winsock.delete(longest);
      });

      test('registering again replaces: addresses, comment, payload, and where it is', async () => {
        const first: PnrpService = { peerName: '0.again', addresses: at(1), comment: 'first' };
        await alice.winsock.register(first);
        await alice.winsock.register({ ...first, addresses: [...at(2), ...at(3)], comment: 'second' });
        const query = { peerName: '0.again', max: 5 };
        expect(await find(bob, query)).toEqual([
          { peerName: '0.again', cloud: 'Global_', comment: 'second', addresses: [...at(2), ...at(3)] },
        ]);
        const last: PnrpService = { peerName: '0.again', addresses: at(4, '2001:db8:9::1'), payload: Uint8Array.of(1) };
        await alice.winsock.register(last);
        expect(await find(bob, query)).toEqual([{ ...last, cloud: 'Global_' }]);
        await alice.winsock.delete(last);
        expect(await find(bob, query)).toEqual([]);
      });

      test('what can’t replace leaves what was there', async () => {
        const service = { peerName: '0.kept', addresses: at(1) };
        await alice.winsock.register(service);
        const [unknown] = await Promise.allSettled([
          alice.winsock.register({ ...service, addresses: at(2), identity: `${'a'.repeat(40)}.x` }),
        ]);
        expect(unknown).toMatchObject({ status: 'rejected', reason: { code: 'WSA_PNRP_INVALID_IDENTITY' } });
        expect(await portsOf(bob, { peerName: '0.kept' })).toEqual([1]);
        await alice.winsock.delete(service);
      });

      test('another identity signs from then on', async () => {
        const [one, two] = [await alice.identity.create(), await alice.identity.create()];
        await alice.winsock.register({ peerName: '0.signed', addresses: at(1), identity: one.peerName });
        const service = { peerName: '0.signed', addresses: at(2), identity: two.peerName };
        await alice.winsock.register(service);
        expect(await portsOf(bob, { peerName: '0.signed', max: 5 })).toEqual([2]);
        await alice.winsock.delete(service);
      });

      test('a secure name, by whoever owns its identity', async () => {
        const identity = await alice.identity.create({ classifier: 'service' });
        const service = { peerName: identity.peerName, identity: identity.peerName, addresses: at(5000) };
        await alice.winsock.register(service);
        expect(await portsOf(bob, { peerName: identity.peerName })).toEqual([5000]);
        await alice.winsock.delete(service);
      });

      test('calls on one name take effect in their order', async () => {
        const service = { peerName: '0.order', addresses: at(1) };
        await Promise.all([
          alice.winsock.register(service),
          alice.winsock.register({ ...service, addresses: at(2), comment: 'later' }),
          alice.winsock.delete({ ...service, comment: 'later' }),
          alice.winsock.register({ ...service, addresses: at(3) }),
        ]);
        expect(await portsOf(bob, { peerName: '0.order', max: 5 })).toEqual([3]);
        await alice.winsock.delete(service);
      });

      test('a name of a platform that closes ends with it', async () => {
        const own = await join();
        await own.winsock.register({ peerName: '0.closing', addresses: at(1), lifetime: 60 });
        expect(await portsOf(bob, { peerName: '0.closing' })).toEqual([1]);
        await own.close();
        expect(await portsOf(bob, { peerName: '0.closing' })).toEqual([]);
      });

      test('a signal takes back what was being registered', async () => {
        const stop = new AbortController();
        const service = { peerName: '0.aborted', addresses: at(1) };
        const registering = alice.winsock.register({ ...service, signal: stop.signal });
        stop.abort(new Error('enough'));
        await expect(registering).rejects.toThrow('enough');
        // Takes its turn behind what was begun, and finds it for as long as it has not been taken back.
        const deleting = () => alice.winsock.delete({ ...service, comment: 'other' }).catch(({ code }) => code);
        let code = await deleting();
        while (code === 'WSAEINVAL') code = await deleting();
        expect(code).toBe('WSASERVICE_NOT_FOUND');
        expect(await portsOf(bob, { peerName: '0.aborted' })).toEqual([]);
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
        await expect(alice.winsock.register(service)).rejects.toEqual(setService('WSAEINVAL'));
      });

      test('[WSASetServiceW WSA_PNRP_CLOUD_NOT_FOUND] an unknown cloud, and what stands for several', async () => {
        for (const cloud of ['Nowhere_', 'global_', 'PEER_PNRP_ALL_LINKS']) {
          await expect(alice.winsock.register({ peerName: '0.x', addresses: at(1), cloud })).rejects.toEqual(
            setService('WSA_PNRP_CLOUD_NOT_FOUND'),
          );
        }
      });

      test('[WSASetServiceW WSA_PNRP_INVALID_IDENTITY] one that is not there, not the owner’s, or with a key that does not fit', async () => {
        const refused = setService('WSA_PNRP_INVALID_IDENTITY');
        const strange = `${'a'.repeat(40)}.strange`;
        const [owner, other] = [await alice.identity.create(), await alice.identity.create()];
        const large = await alice.identity.create({ keyBits: 2048 });
        for (const wrong of [
          { peerName: strange },
          { peerName: '0.x', identity: strange },
          { peerName: owner.peerName, identity: other.peerName },
          { peerName: large.peerName },
        ]) {
          await expect(alice.winsock.register({ ...wrong, addresses: at(1) })).rejects.toEqual(refused);
        }
      });

      test('[WSASetServiceW WSA_PNRP_DUPLICATE_PEER_NAME] of what PeerPnrpRegister registered, and the other way round', async () => {
        const registration = await alice.pnrp.register('0.both', { cloud: 'Global_', port: 1 });
        const service = { peerName: '0.both', addresses: at(2) };
        await expect(alice.winsock.register(service)).rejects.toEqual(setService('WSA_PNRP_DUPLICATE_PEER_NAME'));
        await registration.unregister();
        await alice.winsock.register(service);
        await expect(alice.pnrp.register('0.both', { cloud: 'Global_', port: 1 })).rejects.toMatchObject({
          code: 'PEER_E_DUPLICATE_PEER_NAME',
        });
        await alice.winsock.delete(service);
      });

      test('[WSASetServiceW WSA_PNRP_TOO_MUCH_LOAD] the 257th name', async () => {
        const own = stage.platform();
        if (stage.listen !== undefined) await own.pnrp.open({ listen: stage.listen });
        const names = Array.from({ length: 257 }, (_, index) => `0.name ${index}`);
        const settled = await Promise.allSettled(
          names.map((peerName) => own.winsock.register({ peerName, addresses: at(1) })),
        );
        const refused = settled.filter((it) => it.status === 'rejected');
        expect(refused.map((it) => it.reason)).toEqual([setService('WSA_PNRP_TOO_MUCH_LOAD')]);
        await own.close({ abrupt: true });
      });

      test('[WSASetServiceW WSAENETUNREACH] [WSALookupServiceBeginW WSAENETUNREACH] without an address in the cloud', async () => {
        const { winsock } = stage.offline();
        await expect(winsock.register({ peerName: '0.x', addresses: at(1) })).rejects.toEqual(
          setService('WSAENETUNREACH'),
        );
        await expect(winsock.lookupName({ peerName: '0.x' })).rejects.toEqual(begin('WSAENETUNREACH'));
      });

      test('wrong types are a TypeError', async () => {
        const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
        const service = { peerName: '0.x', addresses: at(1) };
        for (const change of [{ peerName: 5 }, { addresses: undefined }, { payload: [1] }, { hint: '::1' }]) {
          await expect(alice.winsock.register({ ...service, ...change } as never)).rejects.toMatchObject(wrong);
          await expect(alice.winsock.delete({ ...service, ...change } as never)).rejects.toMatchObject(wrong);
        }
        for (const change of [{ max: '1' }, { want: 'name' }, { cloud: 1 }]) {
          await expect(alice.winsock.lookupName({ peerName: '0.x', ...change } as never)).rejects.toMatchObject(wrong);
        }
        await expect(alice.winsock.lookupClouds({ scope: 1 } as never)).rejects.toMatchObject(wrong);
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
        await alice.winsock.register(service);
        expect(await portsOf(bob, { peerName: service.peerName })).toEqual([1]);
        await alice.winsock.delete({ ...service, addresses: [], cloud: 'Global_' });
        expect(await portsOf(bob, { peerName: service.peerName })).toEqual([]);
      });

      test.each<[string, Partial<PnrpService>]>([
        ['comment', { comment: 'd' }],
        ['identity', { identity: `${'a'.repeat(40)}.x` }],
        ['lifetime', { lifetime: 86_400 }],
        ['hint', { hint: { address: '2001:db8::6', port: 0 } }],
        ['payload', { payload: Uint8Array.of(1, 3) }],
        ['type of the payload', { payload: '\u0201' }],
      ])('[WSASetServiceW WSAEINVAL] with another %s', async (_what, other) => {
        await alice.winsock.register(service);
        await expect(alice.winsock.delete({ ...service, ...other })).rejects.toEqual(setService('WSAEINVAL'));
        await alice.winsock.delete(service);
      });

      test('[WSASetServiceW WSASERVICE_NOT_FOUND] what is not registered, by another platform, or by PeerPnrpRegister', async () => {
        const refused = setService('WSASERVICE_NOT_FOUND');
        await expect(alice.winsock.delete({ peerName: '0.nothing', addresses: [] })).rejects.toEqual(refused);
        await bob.winsock.register(service);
        await expect(alice.winsock.delete(service)).rejects.toEqual(refused);
        await bob.winsock.delete(service);
        await expect(bob.winsock.delete(service)).rejects.toEqual(refused);
        const registration = await alice.pnrp.register('0.simple', { cloud: 'Global_', port: 1 });
        await expect(alice.winsock.delete({ peerName: '0.simple', addresses: at(1) })).rejects.toEqual(refused);
        await registration.unregister();
      });
    });

    describe('WSALookupServiceBeginW for names', () => {
      test('[WSALookupServiceNextW WSA_E_NO_MORE] is the end, as often as one asks', async () => {
        const service = { peerName: '0.last', addresses: at(7) };
        await alice.winsock.register(service);
        const lookup = await bob.winsock.lookupName({ peerName: '0.last', max: 3 });
        expect((await lookup.next())?.addresses).toEqual(at(7));
        expect(await lookup.next()).toBeUndefined();
        expect(await lookup.next()).toBeUndefined();
        await lookup.end();
        await alice.winsock.delete(service);
      });

      test('one result per next, up to max', async () => {
        const both = [
          { platform: alice, service: { peerName: '0.room', addresses: at(1) } },
          { platform: bob, service: { peerName: '0.room', addresses: at(2, '2001:db8:8::1') } },
        ];
        for (const { platform, service } of both) await platform.winsock.register(service);
        const asker = await join();
        expect(await portsOf(asker, { peerName: '0.room' })).toHaveLength(1);
        expect((await portsOf(asker, { peerName: '0.room', max: 5 })).sort()).toEqual([1, 2]);
        for (const { platform, service } of both) await platform.winsock.delete(service);
      });

      test('the nearest to the hint comes first', async () => {
        const near = (port: number, address: string) => ({
          peerName: '0.near',
          addresses: at(port),
          hint: { address, port: 0 },
        });
        const [one, two] = [near(1, '2001:db8:1111::1'), near(2, '2001:db8:eeee::1')];
        await alice.winsock.register(one);
        await bob.winsock.register(two);
        const asker = await join();
        const nearest = (address: string) =>
          portsOf(asker, { peerName: '0.near', criteria: 'nearest-peer-name', hint: { address, port: 0 } });
        expect([await nearest('2001:db8:1111::9'), await nearest('2001:db8:eeee::9')]).toEqual([[1], [2]]);
        await alice.winsock.delete(one);
        await bob.winsock.delete(two);
      });

      test('names of the own platform are found only where the criteria say so', async () => {
        const service = { peerName: '0.own', addresses: at(1), payload: 'text' };
        await alice.winsock.register(service);
        expect(await find(alice, { peerName: '0.own' })).toEqual([]);
        expect(await find(alice, { peerName: '0.own', criteria: 'any-peer-name' })).toEqual([
          { ...service, cloud: 'Global_' },
        ]);
        await alice.winsock.delete(service);
      });

      test('a result has what was wanted', async () => {
        const service = { peerName: '0.wanted', addresses: at(1), comment: 'c', payload: Uint8Array.of(1) };
        await alice.winsock.register(service);
        const want = (...flags: ('name' | 'comment' | 'addr')[]) => find(bob, { peerName: '0.wanted', want: flags });
        const { peerName, comment, addresses, payload } = service;
        const always = { cloud: 'Global_', addresses: [], payload };
        expect(await want('name')).toEqual([{ ...always, peerName }]);
        expect(await want('comment')).toEqual([{ ...always, comment }]);
        expect(await want('addr')).toEqual([{ ...always, addresses }]);
        expect(await want()).toEqual([{ ...service, cloud: 'Global_' }]);
        await alice.winsock.delete(service);
      });

      test('a name without comment and payload has none', async () => {
        const service = { peerName: '0.bare', addresses: at(1) };
        await alice.winsock.register({ ...service, comment: '', payload: '' });
        expect(await find(bob, { peerName: '0.bare' })).toEqual([{ ...service, cloud: 'Global_' }]);
        await alice.winsock.delete(service);
      });

      test('WSANSPIoctl: tells of each result, and of the end', async () => {
        const service = { peerName: '0.noticed', addresses: at(1) };
        await alice.winsock.register(service);
        const lookup = await bob.winsock.lookupName({ peerName: '0.noticed', max: 2 });
        await lookup.notifyChange();
        await lookup.notifyChange();
        expect(await lookup.next()).toMatchObject({ addresses: at(1) });
        await lookup.notifyChange();
        expect(await lookup.next()).toBeUndefined();
        await lookup.end();
        await alice.winsock.delete(service);
      });

      test.each<[string, Partial<NameQuery>]>([
        ['a name that is none', { peerName: 'nonsense' }],
        ['max 0', { max: 0 }],
        ['max 1.5', { max: 1.5 }],
        ['timeoutMs 0', { timeoutMs: 0 }],
        ['timeoutMs 600001', { timeoutMs: 600_001 }],
        ['an unknown criterion', { criteria: 'closest' as never }],
        ['an unknown wish', { want: ['blob' as never] }],
        ['a hint that is no address', { hint: { address: 'here', port: 0 } }],
        ['a hint with port 65536', { hint: { address: '::1', port: 65_536 } }],
      ])('[WSALookupServiceBeginW WSAEINVAL] %s', async (_what, wrong) => {
        await expect(alice.winsock.lookupName({ peerName: '0.x', ...wrong })).rejects.toEqual(begin('WSAEINVAL'));
      });

      test('[WSALookupServiceBeginW WSA_PNRP_CLOUD_NOT_FOUND] an unknown cloud, and what stands for several', async () => {
        for (const cloud of ['Nowhere_', 'PEER_PNRP_ALL_LINKS']) {
          await expect(alice.winsock.lookupName({ peerName: '0.x', cloud })).rejects.toEqual(
            begin('WSA_PNRP_CLOUD_NOT_FOUND'),
          );
        }
      });
    });

    describe('WSALookupServiceBeginW for clouds', () => {
      test('[WSALookupServiceNextW WSA_E_NO_MORE] separates those that are there from their changes', async () => {
        const own = stage.platform();
        const lookup = await own.winsock.lookupClouds();
        const there = await all(lookup);
        expect(there.map(({ name, scope, scopeId, state }) => ({ name, scope, scopeId, state }))).toEqual(
          await own.pnrp.clouds(),
        );
        expect(there.every((it) => it.flags.includes('full-participant') && it.change === undefined)).toBe(true);
        const notice = lookup.notifyChange();
        await open(own);
        await notice;
        const { flags: _flags, ...cloud } = (await last(lookup, 'active')) as CloudResult;
        expect(cloud).toEqual({ name: 'Global_', scope: 'global', scopeId: 0, state: 'active', change: 'changed' });
        await lookup.end();
        await own.close();
      });

      /** Goes on until the global cloud has the state. */
      async function last(lookup: Lookup<CloudResult>, state: string): Promise<CloudResult | undefined> {
        for (;;) {
          const cloud = await lookup.next();
          if (cloud === undefined || (cloud.name === 'Global_' && cloud.state === state)) return cloud;
        }
      }

      test('of one scope', async () => {
        const lookup = await alice.winsock.lookupClouds({ scope: 'global' });
        expect((await all(lookup)).map((it) => it.name)).toEqual(['Global_']);
        await lookup.end();
      });

      test('a machine that has lost its network still has the cloud', async () => {
        const lookup = await stage.offline().winsock.lookupClouds();
        expect((await all(lookup)).map(({ name, state }) => [name, state])).toEqual([['Global_', 'no-net']]);
        await lookup.end();
      });

      test('[WSALookupServiceBeginW WSAEINVAL] of an unknown scope', async () => {
        await expect(alice.winsock.lookupClouds({ scope: 'any' as never })).rejects.toEqual(begin('WSAEINVAL'));
      });
    });

    describe('the end', () => {
      const next = (code: string) => codeOf(code, 'WSALookupServiceNextW');
      const ioctl = (code: string) => codeOf(code, 'WSANSPIoctl');

      test('[WSALookupServiceNextW WSA_E_CANCELLED] [WSANSPIoctl WSA_E_CANCELLED] of a lookup that somebody waits for', async () => {
        const names = await alice.winsock.lookupName({ peerName: '0.never', timeoutMs: 600_000 });
        const clouds = await alice.winsock.lookupClouds();
        await all(clouds);
        const waiting = Promise.allSettled([names.next(), names.notifyChange(), clouds.next(), clouds.notifyChange()]);
        await Promise.all([names.end(), clouds.end()]);
        expect((await waiting).map((it) => it.status === 'rejected' && it.reason)).toEqual([
          next('WSA_E_CANCELLED'),
          ioctl('WSA_E_CANCELLED'),
          next('WSA_E_CANCELLED'),
          ioctl('WSA_E_CANCELLED'),
        ]);
      });

      test('[WSALookupServiceEnd WSAEINVAL] [WSALookupServiceNextW WSAEINVAL] [WSANSPIoctl WSAEINVAL] after the end; close is fine', async () => {
        const lookup = await alice.winsock.lookupClouds();
        await lookup.end();
        await expect(lookup.end()).rejects.toEqual(codeOf('WSAEINVAL', 'WSALookupServiceEnd'));
        await expect(lookup.next()).rejects.toEqual(next('WSAEINVAL'));
        await expect(lookup.notifyChange()).rejects.toEqual(ioctl('WSAEINVAL'));
        await lookup.close();
      });

      test('a signal ends the lookup, and whoever waits gets its reason', async () => {
        const stop = new AbortController();
        const lookup = await alice.winsock.lookupClouds({ signal: stop.signal });
        await all(lookup);
        const waiting = lookup.next();
        stop.abort(new Error('enough'));
        await expect(waiting).rejects.toThrow('enough');
        await expect(lookup.next()).rejects.toThrow('enough');
        const { winsock } = await alice.stats();
        expect(winsock).toEqual({ version: 1, names: 0, lookups: 0 });
      });

      test('after close every call is PEER_E_NOT_INITIALIZED', async () => {
        const own = await join();
        const lookup = await own.winsock.lookupClouds();
        await all(lookup);
        const waiting = lookup.next();
        const refused = { name: 'PeerError', code: 'PEER_E_NOT_INITIALIZED' };
        await Promise.all([expect(waiting).rejects.toMatchObject(refused), own.close()]);
        await expect(own.winsock.register({ peerName: '0.x', addresses: at(1) })).rejects.toMatchObject(refused);
        await expect(own.winsock.lookupClouds()).rejects.toMatchObject(refused);
        await expect(lookup.next()).rejects.toMatchObject(refused);
        await lookup.close();
      });
    });
  });
}

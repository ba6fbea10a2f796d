import { describe, expect, test } from 'vitest';
import type { CloudResult, Lookup, NameQuery } from 'winpeer/winsock';
import type { Company } from './company.ts';
import { all, at, codeOf, find, portsOf } from './winsock-asking.ts';

const begin = (code: string) => codeOf(code, 'WSALookupServiceBeginW');

/** Searches for names and for clouds, and their ends. */
export function lookupCases(company: Company): void {
  describe('WSALookupServiceBeginW for names', () => {
    test('[WSALookupServiceNextW WSA_E_NO_MORE] is the end, as often as one asks', async () => {
      const service = { peerName: '0.last', addresses: at(7) };
      await company.alice.winsock.register(service);
      const lookup = await company.bob.winsock.lookupName({ peerName: '0.last', max: 3 });
      expect((await lookup.next())?.addresses).toEqual(at(7));
      expect(await lookup.next()).toBeUndefined();
      expect(await lookup.next()).toBeUndefined();
      await lookup.end();
      await company.alice.winsock.delete(service);
    });

    test('one result per next, up to max', async () => {
      const both = [
        { platform: company.alice, service: { peerName: '0.room', addresses: at(1) } },
        { platform: company.bob, service: { peerName: '0.room', addresses: at(2, '2001:db8:8::1') } },
      ];
      for (const { platform, service } of both) await platform.winsock.register(service);
      await using asker = await company.join();
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
      await company.alice.winsock.register(one);
      await company.bob.winsock.register(two);
      await using asker = await company.join();
      const nearest = (address: string) =>
        portsOf(asker, { peerName: '0.near', criteria: 'nearest-peer-name', hint: { address, port: 0 } });
      expect([await nearest('2001:db8:1111::9'), await nearest('2001:db8:eeee::9')]).toEqual([[1], [2]]);
      await company.alice.winsock.delete(one);
      await company.bob.winsock.delete(two);
    });

    test('names of the own platform are found only where the criteria say so', async () => {
      const service = { peerName: '0.own', addresses: at(1), payload: 'text' };
      await company.alice.winsock.register(service);
      expect(await find(company.alice, { peerName: '0.own' })).toEqual([]);
      expect(await find(company.alice, { peerName: '0.own', criteria: 'any-peer-name' })).toEqual([
        { ...service, cloud: 'Global_' },
      ]);
      await company.alice.winsock.delete(service);
    });

    test('a result has what was wanted', async () => {
      const service = { peerName: '0.wanted', addresses: at(1), comment: 'c', payload: Uint8Array.of(1) };
      await company.alice.winsock.register(service);
      const want = (...flags: ('name' | 'comment' | 'addr')[]) =>
        find(company.bob, { peerName: '0.wanted', want: flags });
      const { peerName, comment, addresses, payload } = service;
      const always = { cloud: 'Global_', addresses: [], payload };
      expect(await want('name')).toEqual([{ ...always, peerName }]);
      expect(await want('comment')).toEqual([{ ...always, comment }]);
      expect(await want('addr')).toEqual([{ ...always, addresses }]);
      expect(await want()).toEqual([{ ...service, cloud: 'Global_' }]);
      await company.alice.winsock.delete(service);
    });

    test('a name without comment and payload has none', async () => {
      const service = { peerName: '0.bare', addresses: at(1) };
      await company.alice.winsock.register({ ...service, comment: '', payload: '' });
      expect(await find(company.bob, { peerName: '0.bare' })).toEqual([{ ...service, cloud: 'Global_' }]);
      await company.alice.winsock.delete(service);
    });

    test('WSANSPIoctl: tells of each result, and of the end', async () => {
      const service = { peerName: '0.noticed', addresses: at(1) };
      await company.alice.winsock.register(service);
      const lookup = await company.bob.winsock.lookupName({ peerName: '0.noticed', max: 2 });
      await lookup.notifyChange();
      await lookup.notifyChange();
      expect(await lookup.next()).toMatchObject({ addresses: at(1) });
      await lookup.notifyChange();
      expect(await lookup.next()).toBeUndefined();
      await lookup.end();
      await company.alice.winsock.delete(service);
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
      await expect(company.alice.winsock.lookupName({ peerName: '0.x', ...wrong })).rejects.toEqual(begin('WSAEINVAL'));
    });

    test('[WSALookupServiceBeginW WSA_PNRP_CLOUD_NOT_FOUND] an unknown cloud, and what stands for several', async () => {
      for (const cloud of ['Nowhere_', 'PEER_PNRP_ALL_LINKS']) {
        await expect(company.alice.winsock.lookupName({ peerName: '0.x', cloud })).rejects.toEqual(
          begin('WSA_PNRP_CLOUD_NOT_FOUND'),
        );
      }
    });
  });

  describe('WSALookupServiceBeginW for clouds', () => {
    test('[WSALookupServiceNextW WSA_E_NO_MORE] separates those that are there from their changes', async () => {
      const own = company.stage.platform();
      const lookup = await own.winsock.lookupClouds();
      const there = await all(lookup);
      const clouds = await own.pnrp.clouds();
      expect(there).toHaveLength(clouds.length);
      expect(there).toMatchObject(clouds);
      expect(there.every((it) => it.flags.includes('full-participant') && it.change === undefined)).toBe(true);
      const notice = lookup.notifyChange();
      await company.stage.enter(own);
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
      const lookup = await company.alice.winsock.lookupClouds({ scope: 'global' });
      expect((await all(lookup)).map((it) => it.name)).toEqual(['Global_']);
      await lookup.end();
    });

    test('a machine that has lost its network still has the cloud', async () => {
      await using offline = company.stage.offline();
      const lookup = await offline.winsock.lookupClouds();
      expect((await all(lookup)).map(({ name, state }) => [name, state])).toEqual([['Global_', 'no-net']]);
      await lookup.end();
    });

    test('[WSALookupServiceBeginW WSAEINVAL] of an unknown scope', async () => {
      await expect(company.alice.winsock.lookupClouds({ scope: 'any' as never })).rejects.toEqual(begin('WSAEINVAL'));
    });
  });

  describe('the end', () => {
    const next = (code: string) => codeOf(code, 'WSALookupServiceNextW');
    const ioctl = (code: string) => codeOf(code, 'WSANSPIoctl');

    test('[WSALookupServiceNextW WSA_E_CANCELLED] [WSANSPIoctl WSA_E_CANCELLED] of a lookup that somebody waits for', async () => {
      const lookup = await company.alice.winsock.lookupClouds();
      await all(lookup);
      const waiting = Promise.allSettled([lookup.next(), lookup.notifyChange()]);
      await lookup.end();
      expect((await waiting).map((it) => it.status === 'rejected' && it.reason)).toEqual([
        next('WSA_E_CANCELLED'),
        ioctl('WSA_E_CANCELLED'),
      ]);
    });

    test('[WSALookupServiceEnd WSAEINVAL] [WSALookupServiceNextW WSAEINVAL] [WSANSPIoctl WSAEINVAL] after the end; close is fine', async () => {
      const lookup = await company.alice.winsock.lookupClouds();
      await lookup.end();
      await expect(lookup.end()).rejects.toEqual(codeOf('WSAEINVAL', 'WSALookupServiceEnd'));
      await expect(lookup.next()).rejects.toEqual(next('WSAEINVAL'));
      await expect(lookup.notifyChange()).rejects.toEqual(ioctl('WSAEINVAL'));
      await lookup.close();
    });

    test('a signal ends the lookup, and whoever waits gets its reason', async () => {
      const stop = new AbortController();
      const lookup = await company.alice.winsock.lookupClouds({ signal: stop.signal });
      await all(lookup);
      const waiting = lookup.next();
      stop.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
      await expect(lookup.next()).rejects.toThrow('enough');
      const { winsock } = await company.alice.stats();
      expect(winsock).toEqual({ version: 1, names: 0, lookups: 0 });
    });

    test('after close every call is PEER_E_NOT_INITIALIZED', async () => {
      const own = await company.join();
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
}

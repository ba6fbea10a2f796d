import { describe, expect, test } from 'vitest';
import type { ResolveHop } from 'winpeer/pnrp';
import { Company } from './company.ts';
import { openingCases } from './pnrp-opening.ts';
import type { Stage } from './stages.ts';

/** What PNRP promises, whatever runs below: nodes of one cloud. */
export function pnrpSuite(make: () => Stage): void {
  const stage = make();
  describe(`pnrp: ${stage.title}`, () => {
    const company = new Company(stage);
    const inCloud = { cloud: 'Global_' };
    const codeOf = (code: string, operation: string) => expect.objectContaining({ name: 'PeerError', code, operation });
    const unsecured = (title: string): string => `0.${title}`;

    describe('PeerPnrpRegister and PeerPnrpResolve', () => {
      test('an unsecured name with comment and payload outside ASCII', async () => {
        const payload = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);
        const peerName = unsecured('Straße 七');
        const registration = await company.alice.pnrp.register(peerName, {
          ...inCloud,
          port: 4242,
          comment: 'größer 🐙',
          payload,
        });
        const { endpoints } = await company.bob.pnrp.resolve(peerName, inCloud);
        expect(endpoints).toEqual([
          {
            peerName,
            cloud: 'Global_',
            addresses: [{ address: expect.any(String), port: 4242 }],
            comment: 'größer 🐙',
            payload,
          },
        ]);
        await registration.unregister();
      });

      test('GLOBAL_ is the global cloud, which is called Global_', async () => {
        const cloud = 'GLOBAL_';
        const peerName = unsecured('capitals');
        const registration = await company.alice.pnrp.register(peerName, { cloud, port: 4243 });
        const { endpoints } = await company.bob.pnrp.resolve(peerName, { cloud });
        expect(endpoints).toMatchObject([{ cloud: 'Global_', addresses: [{ port: 4243 }] }]);
        await registration.unregister();
      });

      test('a secure name, by whoever owns its identity', async () => {
        const identity = await company.alice.identity.create({ classifier: 'service' });
        const registration = await company.alice.pnrp.register(identity.peerName, { ...inCloud, port: 5000 });
        const { endpoints } = await company.bob.pnrp.resolve(identity.peerName, inCloud);
        expect(endpoints).toHaveLength(1);
        await registration.unregister();
      });

      test('a registration tells its PNRP ID in each cloud, and where its node listens', async () => {
        const { peerName } = await company.alice.identity.create({ classifier: 'told' });
        const registration = await company.alice.pnrp.register(peerName, { ...inCloud, port: 5002 });
        expect(registration.clouds).toEqual([
          { cloud: 'Global_', pnrpId: expect.stringMatching(/^[0-9a-f]{64}$/), listening: expect.any(Array) },
        ]);
        expect(registration.clouds[0]?.pnrpId.slice(0, 32)).toBe(company.alice.names.p2pId(peerName));
        await registration.unregister();
      });

      test('a secure name without classifier', async () => {
        const identity = await company.alice.identity.create();
        const registration = await company.alice.pnrp.register(identity.peerName, { ...inCloud, port: 5001 });
        expect((await company.bob.pnrp.resolve(identity.peerName, inCloud)).endpoints).toHaveLength(1);
        await registration.unregister();
      });

      test('what was given is copied: the caller may go on to use it', async () => {
        const peerName = unsecured('given');
        const addresses = [{ address: '2001:db8::77', port: 9 }];
        const payload = Uint8Array.of(1, 2);
        const found = async () => (await company.bob.pnrp.resolve(peerName, inCloud)).endpoints;
        const registration = await company.alice.pnrp.register(peerName, { ...inCloud, addresses, payload });
        addresses[0] = { address: 'nowhere', port: 0 };
        payload.fill(0);
        const given = { addresses: [{ address: '2001:db8::77', port: 9 }], payload: Uint8Array.of(1, 2) };
        expect(await found()).toMatchObject([given]);
        const [first] = given.addresses as [{ address: string; port: number }];
        await registration.update({ ...inCloud, ...given });
        first.address = 'nowhere';
        expect(await found()).toMatchObject([{ addresses: [{ address: '2001:db8::77', port: 9 }] }]);
        await registration.unregister();
      });

      test('up to ten addresses, in their order', async () => {
        const addresses = Array.from({ length: 10 }, (_, index) => ({
          address: `2001:db8::${index + 1}`,
          port: 6000 + index,
        }));
        const registration = await company.alice.pnrp.register(unsecured('many'), { ...inCloud, addresses });
        expect((await company.bob.pnrp.resolve(unsecured('many'), inCloud)).endpoints[0]?.addresses).toEqual(addresses);
        await registration.unregister();
      });

      test('a payload of 4096 bytes and no address', async () => {
        const payload = new Uint8Array(4096).fill(7);
        const registration = await company.alice.pnrp.register(unsecured('big'), { ...inCloud, payload });
        const { endpoints } = await company.bob.pnrp.resolve(unsecured('big'), inCloud);
        expect(endpoints[0]?.addresses).toEqual([]);
        expect(endpoints[0]?.payload).toEqual(payload);
        await registration.unregister();
      });

      test('nothing under a name that nobody registered', async () => {
        const { endpoints, timedOut } = await company.bob.pnrp.resolve(unsecured('nobody'), inCloud);
        expect(endpoints).toEqual([]);
        expect(timedOut).toBe(false);
      });

      test('names of the own platform are not found', async () => {
        const registration = await company.alice.pnrp.register(unsecured('mine'), { ...inCloud, port: 7000 });
        expect((await company.alice.pnrp.resolve(unsecured('mine'), inCloud)).endpoints).toEqual([]);
        await registration.unregister();
      });

      test('names of the own platform are found where the criteria say so', async () => {
        const registration = await company.alice.pnrp.register(unsecured('own'), { ...inCloud, port: 7000 });
        const own = await company.alice.pnrp.resolve(unsecured('own'), { ...inCloud, criteria: 'any-peer-name' });
        expect(own.endpoints.map((it) => it.addresses[0]?.port)).toEqual([7000]);
        await registration.unregister();
      });

      test('several registrations of one name, up to max', async () => {
        const both = [
          await company.alice.pnrp.register(unsecured('room'), { ...inCloud, port: 7001 }),
          await company.bob.pnrp.register(unsecured('room'), { ...inCloud, port: 7002 }),
        ];
        await using asker = await company.join();
        const ports = async (max: number): Promise<(number | undefined)[]> =>
          (await asker.pnrp.resolve(unsecured('room'), { ...inCloud, max })).endpoints.map(
            (it) => it.addresses[0]?.port,
          );
        expect(await ports(1)).toHaveLength(1);
        expect((await ports(5)).sort()).toEqual([7001, 7002]);
        await Promise.all(both.map((it) => it.unregister()));
      });

      test('each hop is reported in its order, the last an INQUIRE that was accepted', async () => {
        const registration = await company.alice.pnrp.register(unsecured('hops'), { ...inCloud, port: 7003 });
        const hops: ResolveHop[] = [];
        await using asker = await company.join();
        const end = await asker.pnrp.resolve(unsecured('hops'), { ...inCloud, onHop: (hop) => hops.push(hop) });
        expect(end.hops).toBeGreaterThan(0);
        expect(hops.map((hop) => hop.message).at(-1)).toBe('INQUIRE');
        expect(hops.at(-1)).toMatchObject({ outcome: 'accepted', cloud: 'Global_' });
        expect(hops.at(-1)?.matchingBits).toBeGreaterThanOrEqual(128);
        await registration.unregister();
      });

      test('PeerPnrpGetEndpoint: endpoints come as they are found, and leaving the loop ends the search (PeerPnrpEndResolve)', async () => {
        const registration = await company.alice.pnrp.register(unsecured('each'), { ...inCloud, port: 7004 });
        const ports: (number | undefined)[] = [];
        for await (const endpoint of company.bob.pnrp.resolveEach(unsecured('each'), { ...inCloud, max: 3 })) {
          ports.push(endpoint.addresses[0]?.port);
          break;
        }
        expect(ports).toEqual([7004]);
        await registration.unregister();
      });
    });

    test('[PeerPnrpGetEndpoint PEER_E_NO_MORE] is the end of the loop', async () => {
      const registration = await company.alice.pnrp.register(unsecured('last'), { ...inCloud, port: 7005 });
      const ports: (number | undefined)[] = [];
      for await (const endpoint of company.bob.pnrp.resolveEach(unsecured('last'), { ...inCloud, max: 3 })) {
        ports.push(endpoint.addresses[0]?.port);
      }
      expect(ports).toEqual([7005]);
      await registration.unregister();
    });

    describe('PeerPnrpUpdateRegistration', () => {
      test('changes address, comment and payload', async () => {
        const registration = await company.alice.pnrp.register(unsecured('moving'), { ...inCloud, port: 8000 });
        await registration.update({ ...inCloud, port: 8001, comment: 'moved', payload: new Uint8Array([1]) });
        const [found] = (await company.bob.pnrp.resolve(unsecured('moving'), inCloud)).endpoints;
        expect(found).toMatchObject({ comment: 'moved', payload: new Uint8Array([1]), addresses: [{ port: 8001 }] });
        await registration.unregister();
      });

      test('[PeerPnrpUpdateRegistration E_INVALIDARG] of another cloud, another number of addresses, or after the end', async () => {
        const registration = await company.alice.pnrp.register(unsecured('fixed'), { ...inCloud, port: 8002 });
        const refused = codeOf('E_INVALIDARG', 'PeerPnrpUpdateRegistration');
        await expect(registration.update({ port: 8002 })).rejects.toEqual(refused);
        await expect(registration.update({ ...inCloud, addresses: [{ address: '::1', port: 1 }] })).rejects.toEqual(
          refused,
        );
        await registration.unregister();
        await expect(registration.update({ ...inCloud, port: 8002 })).rejects.toEqual(refused);
      });
    });

    describe('PeerPnrpUnregister', () => {
      test('the name is found no more', async () => {
        const registration = await company.alice.pnrp.register(unsecured('gone'), { ...inCloud, port: 8003 });
        expect((await company.bob.pnrp.resolve(unsecured('gone'), inCloud)).endpoints).toHaveLength(1);
        await registration.unregister();
        expect((await company.bob.pnrp.resolve(unsecured('gone'), inCloud)).endpoints).toEqual([]);
      });

      test('[PeerPnrpUnregister E_INVALIDARG] twice; close is fine', async () => {
        const registration = await company.alice.pnrp.register(unsecured('double'), { ...inCloud, port: 8004 });
        await registration.unregister();
        await expect(registration.unregister()).rejects.toEqual(codeOf('E_INVALIDARG', 'PeerPnrpUnregister'));
        await registration.close();
      });

      test('closing twice at once is fine', async () => {
        const registration = await company.alice.pnrp.register(unsecured('closed'), { ...inCloud, port: 8005 });
        await Promise.all([registration.close(), registration.close()]);
        expect((await company.bob.pnrp.resolve(unsecured('closed'), inCloud)).endpoints).toEqual([]);
        await expect(registration.unregister()).rejects.toEqual(codeOf('E_INVALIDARG', 'PeerPnrpUnregister'));
      });

      test('closing waits for what takes the name back already', async () => {
        const registration = await company.alice.pnrp.register(unsecured('leaving'), { ...inCloud, port: 8006 });
        const steps: string[] = [];
        const unregistered = registration.unregister().then(() => steps.push('unregistered'));
        await registration.close();
        steps.push('closed');
        await unregistered;
        expect(steps).toEqual(['unregistered', 'closed']);
      });
    });

    describe('what is refused', () => {
      test.each([[''], ['nonsense'], ['0.'], ['1.x'], [`${'g'.repeat(40)}.x`], [`0.${'x'.repeat(150)}`]])(
        '[PeerPnrpRegister E_INVALIDARG] [PeerPnrpResolve E_INVALIDARG] the name %j: PEER_E_INVALID_PEER_NAME',
        async (name) => {
          const refused = (operation: string) => codeOf('PEER_E_INVALID_PEER_NAME', operation);
          const registering = company.alice.pnrp.register(name, { ...inCloud, port: 1 });
          await expect(registering).rejects.toEqual(refused('PeerPnrpRegister'));
          await expect(company.alice.pnrp.resolve(name, inCloud)).rejects.toEqual(refused('PeerPnrpStartResolve'));
        },
      );

      test.each([
        ['neither port nor payload', {}],
        ['port 0', { port: 0 }],
        ['port 65536', { port: 65536 }],
        ['port 1.5', { port: 1.5 }],
        ['a comment of 40 characters', { port: 1, comment: 'x'.repeat(40) }],
        ['a payload of 4097 bytes', { port: 1, payload: new Uint8Array(4097) }],
        ['eleven addresses', { addresses: Array.from({ length: 11 }, () => ({ address: '::1', port: 1 })) }],
        ['an IPv4 address', { addresses: [{ address: '127.0.0.1', port: 1 }] }],
        ['a multicast address', { addresses: [{ address: 'ff02::1', port: 1 }] }],
      ])('[PeerPnrpRegister E_INVALIDARG] %s', async (_what, info) => {
        await expect(company.alice.pnrp.register(unsecured('wrong'), { ...inCloud, ...info })).rejects.toEqual(
          codeOf('E_INVALIDARG', 'PeerPnrpRegister'),
        );
      });

      test('[PeerPnrpRegister PEER_E_DUPLICATE_PEER_NAME] the same name twice by one platform', async () => {
        const registration = await company.alice.pnrp.register(unsecured('same'), { ...inCloud, port: 1 });
        await expect(company.alice.pnrp.register(unsecured('same'), { ...inCloud, port: 2 })).rejects.toEqual(
          codeOf('PEER_E_DUPLICATE_PEER_NAME', 'PeerPnrpRegister'),
        );
        await registration.unregister();
        await (await company.alice.pnrp.register(unsecured('same'), { ...inCloud, port: 3 })).unregister();
      });

      test('[PeerPnrpRegister PEER_E_IDENTITY_NOT_FOUND] a secure name of nobody here, and an unknown identity', async () => {
        const refused = codeOf('PEER_E_IDENTITY_NOT_FOUND', 'PeerPnrpRegister');
        const strange = `${'a'.repeat(40)}.strange`;
        await expect(company.alice.pnrp.register(strange, { ...inCloud, port: 1 })).rejects.toEqual(refused);
        await expect(company.alice.pnrp.register('0.x', { ...inCloud, port: 1, identity: strange })).rejects.toEqual(
          refused,
        );
      });

      test('[PeerPnrpRegister PEER_E_INVALID_IDENTITY] an identity that does not own the name', async () => {
        const [owner, other] = [await company.alice.identity.create(), await company.alice.identity.create()];
        await expect(
          company.alice.pnrp.register(owner.peerName, { ...inCloud, port: 1, identity: other.peerName }),
        ).rejects.toEqual(codeOf('PEER_E_INVALID_IDENTITY', 'PeerPnrpRegister'));
      });

      test('[PeerPnrpRegister PEER_E_INVALID_IDENTITY] an identity with a key that PNRP can’t carry', async () => {
        const large = await company.alice.identity.create({ keyBits: 2048 });
        await expect(company.alice.pnrp.register(large.peerName, { ...inCloud, port: 1 })).rejects.toEqual(
          codeOf('PEER_E_INVALID_IDENTITY', 'PeerPnrpRegister'),
        );
      });

      test('[PeerPnrpRegister PEER_E_CLOUD_NOT_FOUND] [PeerPnrpStartResolve PEER_E_CLOUD_NOT_FOUND] an unknown cloud', async () => {
        const refused = { name: 'PeerError', code: 'PEER_E_CLOUD_NOT_FOUND' };
        await expect(company.alice.pnrp.register('0.x', { cloud: 'Nowhere_', port: 1 })).rejects.toMatchObject(refused);
        await expect(company.alice.pnrp.resolve('0.x', { cloud: 'Nowhere_' })).rejects.toMatchObject(refused);
      });

      test.each([
        ['max 0', { max: 0 }],
        ['timeoutMs 0', { timeoutMs: 0 }],
        ['timeoutMs 600001', { timeoutMs: 600_001 }],
        ['an unknown criterion', { criteria: 'closest' as never }],
        ['a hint that is no address', { hint: 'here' }],
      ])('[PeerPnrpStartResolve E_INVALIDARG] %s', async (_what, options) => {
        await expect(company.alice.pnrp.resolve('0.x', { ...inCloud, ...options })).rejects.toEqual(
          codeOf('E_INVALIDARG', 'PeerPnrpStartResolve'),
        );
      });

      test('wrong types are a TypeError', async () => {
        const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
        await expect(company.alice.pnrp.resolve(5 as never)).rejects.toMatchObject(wrong);
        for (const change of [
          { payload: 'text' },
          { cloud: 5 },
          { port: '1' },
          { signal: 5 },
          { addresses: ['::1'] },
        ]) {
          await expect(company.alice.pnrp.register('0.x', change as never)).rejects.toMatchObject(wrong);
        }
        for (const change of [{ cloud: 5 }, { max: '1' }, { signal: 'now' }]) {
          await expect(company.alice.pnrp.resolve('0.x', change as never)).rejects.toMatchObject(wrong);
          await expect(company.alice.pnrp.resolveEach('0.x', change as never).next()).rejects.toMatchObject(wrong);
        }
        await expect(company.alice.pnrp.resolve('0.x', { onHop: 5 } as never)).rejects.toMatchObject(wrong);
        await expect(company.alice.pnrp.resolveEach('0.x', { limit: '1' } as never).next()).rejects.toMatchObject(
          wrong,
        );
        const registration = await company.alice.pnrp.register(unsecured('typed'), { ...inCloud, port: 8007 });
        await expect(registration.update(undefined as never)).rejects.toMatchObject(wrong);
        await registration.close();
      });
    });

    describe('clouds', () => {
      const global = async () => (await company.alice.pnrp.clouds()).find((it) => it.name === 'Global_');

      test('PeerPnrpGetCloudInfo tells name and scope', async () => {
        expect(await global()).toMatchObject({ name: 'Global_', scope: 'global', scopeId: 0 });
      });

      test('a cloud that has other nodes is active', async () => {
        expect(await global()).toMatchObject({ state: 'active' });
      });
    });

    openingCases(company);

    describe('the end', () => {
      test('a signal rejects at once with its reason', async () => {
        const stop = new AbortController();
        const waiting = company.bob.pnrp.resolve(unsecured('never'), { ...inCloud, signal: stop.signal });
        stop.abort(new Error('enough'));
        await expect(waiting).rejects.toThrow('enough');
      });

      test('after close every call is PEER_E_NOT_INITIALIZED, and closing twice is fine', async () => {
        const own = await company.join();
        const registration = await own.pnrp.register(unsecured('late'), { ...inCloud, port: 1 });
        await own.close();
        await own.close();
        const refused = { name: 'PeerError', code: 'PEER_E_NOT_INITIALIZED' };
        await expect(own.pnrp.clouds()).rejects.toMatchObject(refused);
        await expect(own.pnrp.resolve('0.x')).rejects.toMatchObject(refused);
        await expect(registration.update({ ...inCloud, port: 2 })).rejects.toMatchObject(refused);
      });

      test('stats are one JSON-safe object', async () => {
        const { pnrp } = await company.alice.stats();
        expect(pnrp).toMatchObject({ version: 1, clouds: expect.any(Array) });
        expect(JSON.parse(JSON.stringify(pnrp))).toEqual(pnrp);
      });

      test('stats tell of each cloud', async () => {
        expect((await company.alice.stats()).pnrp).toMatchObject({ clouds: [{ name: 'Global_', state: 'active' }] });
      });

      test('a node that crashed is not found, and its neighbours’ names still are', async () => {
        const [doomed, stays] = [await company.join(), await company.join()];
        await doomed.pnrp.register(unsecured('doomed'), { ...inCloud, port: 9000 });
        await stays.pnrp.register(unsecured('stays'), { ...inCloud, port: 9001 });
        await doomed.close({ abrupt: true });
        expect((await company.bob.pnrp.resolve(unsecured('doomed'), inCloud)).endpoints).toEqual([]);
        expect((await company.bob.pnrp.resolve(unsecured('stays'), inCloud)).endpoints).toHaveLength(1);
        // It would say goodbye to the one that is gone.
        await stays.close({ abrupt: true });
      });
    });
  });
}

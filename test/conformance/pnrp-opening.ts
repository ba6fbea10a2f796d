import { describe, expect, test } from 'vitest';
import type { Company } from './company.ts';

/** What a program promises itself of opening a cloud, rather than having it opened by what it registers and resolves. */
export function openingCases(company: Company): void {
  const { stage } = company;
  const inCloud = { cloud: 'Global_' };

  describe('opening a cloud', () => {
    test('a cloud without another node is alone; it becomes active when one comes', async () => {
      await using first = stage.platform();
      const { own } = await stage.opening();
      const alone = await first.pnrp.open(own);
      expect(await alone.joined()).toBe('alone');
      await first.pnrp.register('0.first', { ...inCloud, port: 1 });
      const states: string[] = [];
      alone.on('state', ({ state }) => states.push(state));
      await alone.ready();
      await using second = stage.platform();
      await (await second.pnrp.open({ ...own, seeds: alone.addresses })).joined();
      await second.pnrp.register('0.second', { ...inCloud, port: 1 });
      expect((await second.pnrp.resolve('0.first', inCloud)).endpoints).toHaveLength(1);
      expect((await first.pnrp.resolve('0.second', inCloud)).endpoints).toHaveLength(1);
      expect(states).toEqual(['active']);
    });

    test('GLOBAL_ opens the cloud that is called Global_', async () => {
      await using first = stage.platform();
      const { own } = await stage.opening();
      const opened = await first.pnrp.open({ ...own, cloud: 'GLOBAL_' });
      expect(opened.cloud).toBe('Global_');
      const registration = await first.pnrp.register('0.first', { ...inCloud, port: 1 });
      await registration.update({ cloud: 'GLOBAL_', port: 2 });
      expect(registration.clouds.map(({ cloud }) => cloud)).toEqual(['Global_']);
    });

    test('listeners given to open miss nothing', async () => {
      await using own = stage.platform();
      const states: string[] = [];
      const { ours } = await stage.opening();
      const cloud = await own.pnrp.open({
        ...ours,
        on: { state: ({ state }) => states.push(state) },
      });
      await cloud.joined();
      expect(states).toEqual(['active']);
    });

    test('closing ends what its opener hears of a cloud that others have open, and nothing else', async () => {
      await using platform = stage.platform();
      const { own } = await stage.opening();
      const heard: string[] = [];
      const on = (who: string) => ({ statistics: () => heard.push(who) });
      await platform.pnrp.open({ ...own, on: on('staying') });
      const closing = await platform.pnrp.open({ on: on('closing') });
      closing.on('statistics', () => heard.push('closing'));
      await closing.ready();
      await closing.close();
      await platform.pnrp.register('0.later', { ...inCloud, port: 1 });
      expect(new Set(heard)).toEqual(new Set(['staying']));
      const refused = { code: 'E_INVALIDARG', operation: 'PnrpOpenCloud' };
      await expect(closing.on('state', () => undefined).ready()).rejects.toMatchObject(refused);
    });

    test('the seed of a cloud that nobody answers at is given up', async () => {
      await using lonely = stage.platform();
      const { own, ours } = await stage.opening();
      const address = ours.seeds?.[0]?.address as string;
      const dead = await lonely.pnrp.open({ ...own, seeds: [{ address, port: 65_000 }] });
      expect(await dead.joined()).toBe('alone');
    });

    test('an unknown cloud is PEER_E_CLOUD_NOT_FOUND, a wrong type a TypeError', async () => {
      const { pnrp } = company.alice;
      await expect(pnrp.open({ cloud: 'global_' })).rejects.toMatchObject({ code: 'PEER_E_CLOUD_NOT_FOUND' });
      const wrongScope = [{ address: 'fe80::1', port: 4000, scope: 2 }];
      for (const options of [
        { listen: '::1' },
        { cloud: 5 },
        { seeds: wrongScope },
        { on: { state: 'changed' } },
        { signal: 5 },
      ]) {
        await expect(pnrp.open(options as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
      }
    });

    test('[PnrpOpenCloud E_INVALIDARG] wrong places to listen at, wrong seeds', async () => {
      await using own = stage.platform();
      const refused = expect.objectContaining({ code: 'E_INVALIDARG', operation: 'PnrpOpenCloud' });
      for (const listen of [
        [],
        [{ address: '::1', port: 80 }],
        [{ address: '::1', port: 70000 }],
        [{ address: 'here', port: 4000 }],
        [{ address: 'ff02::1', port: 4000 }],
        [
          { address: '::1', port: 4000 },
          { address: '::1', port: 4001 },
        ],
        [
          { address: '::1', port: 4000 },
          { address: '2001:db8::1', port: 4000 },
        ],
        Array.from({ length: 5 }, () => ({ address: '::1', port: 4000 })),
        [{ address: '2001:db8:dead::1', port: 4000 }],
      ]) {
        await expect(own.pnrp.open({ listen }), JSON.stringify(listen)).rejects.toEqual(refused);
      }
      await expect(own.pnrp.open({ seeds: [{ address: '::1', port: 1024 }] })).rejects.toEqual(refused);
    });
  });
}

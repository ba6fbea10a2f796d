import { describe, expect, test } from 'vitest';
import type { Running } from '../cli/command.ts';
import { suite } from '../needs.ts';
import { Link, type Machine } from './link.ts';

/** As the command names the cloud of an interface without a prefix; in a new namespace the first one has index 2. */
const CLOUD = ['--cloud', 'LinkLocal_ff00::%2/8'];

function register(machine: Machine, name: string, port: number): { running: Running; registered: Promise<unknown> } {
  const running = machine.start('pnrp', 'register', name, '--port', String(port), ...CLOUD);
  return { running, registered: running.event('registered') };
}

/** The ports found, and the exit code. */
async function resolve(machine: Machine, name: string): Promise<{ code: unknown; ports: (string | undefined)[] }> {
  const { code, endpoints } = await machine.run('pnrp', 'resolve', name, ...CLOUD);
  const addresses = (endpoints as { addresses: string[] }[]).map((it) => it.addresses[0]);
  return { code, ports: addresses.map((it) => it?.split(']:')[1]) };
}

/** They take as long as discovery and maintenance do. */
const TIMEOUT_MS = 120_000;

suite('hosts on a link', ['netns'], () => {
  describe.concurrent('without seeds', { timeout: TIMEOUT_MS }, () => {
    test('they find each other’s names; not those of one that is killed; one that comes late finds all', async ({
      onTestFinished,
    }) => {
      const link = await Link.open(onTestFinished);
      const [one, two, three] = [await link.machine(), await link.machine(), await link.machine()];
      const first = register(one, '0.first', 101);
      await first.registered;
      await register(two, '0.second', 102).registered;
      expect(await resolve(three, '0.first')).toEqual({ code: 0, ports: ['101'] });
      expect(await resolve(three, '0.second')).toEqual({ code: 0, ports: ['102'] });

      await first.running.kill();
      expect(await resolve(three, '0.first')).toEqual({ code: 1, ports: [] });
      expect(await resolve(three, '0.second')).toEqual({ code: 0, ports: ['102'] });

      const late = await link.machine();
      expect(await resolve(late, '0.second')).toEqual({ code: 0, ports: ['102'] });
      await register(late, '0.late', 104).registered;
      expect(await resolve(one, '0.late')).toEqual({ code: 0, ports: ['104'] });
    });

    test('a link that splits is two clouds, and one again when it heals', async ({ onTestFinished }) => {
      const link = await Link.open(onTestFinished);
      const [one, two, three] = [await link.machine(), await link.machine(), await link.machine()];
      const node = one.start('pnrp', 'host', ...CLOUD);
      await node.event('listening');
      const second = two.start('pnrp', 'host', ...CLOUD);
      await second.event('listening');
      await register(two, '0.second', 102).registered;
      await link.split([two]);
      expect(await resolve(three, '0.second')).toEqual({ code: 1, ports: [] });
      expect(await resolve(two, '0.second')).toEqual({ code: 0, ports: ['102'] });
      // Both sides have forgotten each other.
      await node.next({ event: 'state', state: 'alone' });
      await link.heal();
      await node.next({ event: 'state', state: 'active' });
      expect(await resolve(one, '0.second')).toEqual({ code: 0, ports: ['102'] });
      expect(await resolve(three, '0.second')).toEqual({ code: 0, ports: ['102'] });
    });
  });
});

import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { network } from 'winpeer/testing';
import { seededRsaKey } from '#fallback/runtime/virtual/rsa-key';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import { CLOUD } from '../sim/cloud.js';

const CHANNELS = ['send', 'receive', 'drop', 'hop', 'cache'].map((event) => `winpeer:pnrp:${event}`);

/** Everything that the hosts of one run traced: five nodes register, one crashes, all resolve, on a bad network. */
async function traceOf(seed: number, during: () => Promise<void> = async () => undefined): Promise<string> {
  const name = `run-${seed}`;
  const lines: string[] = [];
  const listen = (event: unknown, channel: string | symbol): void => {
    const { host } = event as { host: string };
    const text = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString(16) : value);
    if (host.startsWith(name)) lines.push(`${String(channel)} ${JSON.stringify(event, text)}`);
  };
  for (const channel of CHANNELS) subscribe(channel, listen);
  const net = network({ seed, loss: 0.05, duplicates: 0.1 });
  const platforms = Array.from({ length: 5 }, (_, n) => net.platform({ name: `${name} ${n}` }));
  const [first, second] = platforms;
  const open = await first?.pnrp.open(CLOUD);
  for (const [n, platform] of platforms.entries()) {
    await (await platform.pnrp.open({ ...CLOUD, seeds: open?.addresses ?? [] })).joined();
    await platform.pnrp.register(`0.${n}`, { ...CLOUD, port: n + 1, payload: Uint8Array.of(n) });
    await during();
  }
  if (second !== undefined) await net.crash(second);
  for (const [n, platform] of platforms.entries()) {
    if (platform !== second) await platform.pnrp.resolve(`0.${(n + 1) % 5}`, CLOUD);
  }
  await net.advance(40_000);
  for (const platform of platforms) await platform.close();
  for (const channel of CHANNELS) unsubscribe(channel, listen);
  return lines.join('\n');
}

describe('the virtual network is the same for the same seed', () => {
  test('to the last datagram, and whatever another network of the process does meanwhile', async () => {
    const other = network({ seed: 99 });
    const busy = other.platform({ name: 'other' });
    await busy.pnrp.register('0.other', { ...CLOUD, port: 1 });
    const alone = await traceOf(5);
    const beside = await traceOf(5, async () => {
      await busy.pnrp.resolve('0.nobody', CLOUD);
      await other.advance(100);
    });
    await busy.close();
    expect(alone.split('\n').length).toBeGreaterThan(200);
    for (const channel of CHANNELS) expect(alone).toContain(`${channel} `);
    expect(beside).toBe(alone);
  });

  test('and another for another seed', async () => {
    const [one, other] = [await traceOf(6), await traceOf(7)];
    expect(other.replaceAll('run-7', 'run-6')).not.toBe(one);
  });

  test.each([1024, 2048])('RSA keys of %i bits', (bits) => {
    const make = (seed: string) => seededRsaKey(bits, new SeededRandom(seed));
    const der = Buffer.from(make('a'));
    expect(der.equals(make('a'))).toBe(true);
    expect(der.equals(make('b'))).toBe(false);
    for (const seed of ['a', 'b', 'c']) {
      const key = createPrivateKey({ key: Buffer.from(make(seed)), format: 'der', type: 'pkcs8' });
      expect(key.asymmetricKeyDetails).toEqual({ modulusLength: bits, publicExponent: 65537n });
      const signature = sign('sha256', Buffer.from('text'), key);
      expect(verify('sha256', Buffer.from('text'), createPublicKey(key), signature)).toBe(true);
    }
  });

  test('random numbers: whole, below their bound, even', () => {
    const random = new SeededRandom('numbers');
    const counts = new Array<number>(7).fill(0);
    for (let n = 0; n < 7000; n++) {
      const drawn = random.below(7);
      counts[drawn] = (counts[drawn] as number) + 1;
    }
    expect(counts).toHaveLength(7);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    for (const large of Array.from({ length: 100 }, () => random.below(2 ** 48))) {
      expect(Number.isInteger(large) && large >= 0 && large < 2 ** 48).toBe(true);
    }
    expect([0, 1, 5, 1001].map((length) => random.bytes(length).length)).toEqual([0, 1, 5, 1001]);
  });
});

test('a process ends by itself when it has used a network, with a cloud still open', async () => {
  const program = `
    import { network } from 'winpeer/testing';
    const net = network({ seed: 8 });
    const [a, b] = [net.platform(), net.platform()];
    const open = await a.pnrp.open({ cloud: 'Global_' });
    await a.pnrp.register('0.a', { cloud: 'Global_', port: 1 });
    await (await b.pnrp.open({ cloud: 'Global_', seeds: open.addresses })).joined();
    const { endpoints } = await b.pnrp.resolve('0.a', { cloud: 'Global_' });
    const given = new AbortController();
    b.pnrp.resolve('0.nobody', { cloud: 'Global_', signal: given.signal }).catch(() => undefined);
    given.abort();
    console.log(endpoints.length);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 15_000,
  });
  expect(stdout).toBe('1\n');
});

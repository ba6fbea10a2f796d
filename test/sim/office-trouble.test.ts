import { channel } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { DistributionBlockEvent } from 'winpeer/distribution';
import { segmentHash } from '#fallback/distribution/content-information/index';
import { opened } from '../conformance/distribution-asking.ts';
import { fullStore, NONE, Office, statsOf } from './office.ts';

const LENGTH = 1_000_000;
const BLOCKS = channel('winpeer:distribution:block');
const BLOCK = 65_536;

/** Calls for each block that somebody took in, until the test ends. */
function onBlock(note: (event: DistributionBlockEvent) => void): void {
  const listener = (it: unknown): void => note(it as DistributionBlockEvent);
  BLOCKS.subscribe(listener);
  onTestFinished(() => void BLOCKS.unsubscribe(listener));
}

/** A peer that gives wrong bytes, which it takes for right ones. */
async function liar(office: Office, version: 1 | 2, wrong: (index: number) => boolean = () => true): Promise<Platform> {
  const platform = office.net.platform();
  const store = fullStore(await office.describe(version), office.content, (block, index) =>
    wrong(index) ? { ...block, bytes: block.bytes.map((byte) => byte ^ 0xff) } : block,
  );
  await platform.distribution.peerCache({ store });
  return platform;
}

describe('a peer that lies', () => {
  test.each([1, 2] as const)(
    'is believed nothing, and avoided: version %i comes from an honest one',
    async (version) => {
      const office = new Office(LENGTH);
      const information = await office.information(version);
      await office.read(await office.peer(), information);
      const liars = [await liar(office, version), await liar(office, version)];
      const victim = await office.peer();
      const { bytes, asked } = await office.read(victim, information);
      expect([bytes.equals(office.content), asked]).toEqual([true, 0]);
      const { dropped, blocks } = await statsOf(victim);
      expect(blocks).toMatchObject({ origin: 0, 'hosted-cache': 0 });
      // What had been asked of them before the first of their blocks came is all that they ever got to give, by IPv4 and
      // by IPv6.
      expect(dropped['wrong block']).toBeGreaterThanOrEqual(1);
      expect(dropped['wrong block']).toBeLessThanOrEqual(liars.length * 2 * (version === 1 ? 1 : 8));
    },
  );

  test('costs nothing but time where nobody else is there, and is not asked again', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(1);
    await liar(office, 1);
    const victim = await office.peer();
    const { bytes, asked } = await office.read(victim, information, { share: false }, 100_000);
    expect([bytes.equals(office.content), asked]).toEqual([true, LENGTH]);
    expect((await statsOf(victim)).dropped).toEqual({ 'wrong block': 1 });
  });

  test('gives what is right as long as it is', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(1);
    await liar(office, 1, (index) => index === 9);
    const victim = await office.peer();
    const { bytes, asked } = await office.read(victim, information, {}, 10_000_000);
    expect(bytes.equals(office.content)).toBe(true);
    expect(asked).toBe(LENGTH - 9 * BLOCK);
    expect((await statsOf(victim)).blocks.peer).toBe(9);
  });
});

describe('a peer that vanishes', () => {
  test.each([1, 2] as const)('in the middle of version %i leaves the rest to others', async (version) => {
    const office = new Office(LENGTH);
    const information = await office.information(version);
    const [first, second] = [await office.peer(), await office.peer()];
    for (const it of [first, second]) await office.read(it, information, { peers: false });
    const reader = await office.peer({ name: 'reader' });
    let came = 0;
    onBlock(({ source }) => {
      if (source !== 'peer') return;
      came += 1;
      if (came === 3) void office.net.crash(first);
    });
    const { bytes, asked } = await office.read(reader, information);
    expect([bytes.equals(office.content), asked]).toEqual([true, 0]);
  });

  test('and is the last one leaves the rest to the origin', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(1);
    const first = await office.peer();
    await office.read(first, information);
    const reader = await office.peer();
    let came = 0;
    onBlock(({ source }) => {
      if (source !== 'peer') return;
      came += 1;
      if (came === 3) void office.net.crash(first);
    });
    const begin = office.net.now;
    const { bytes, asked } = await office.read(reader, information);
    expect(bytes.equals(office.content)).toBe(true);
    expect(asked).toBe(LENGTH - 3 * BLOCK);
    // One request that times out, and nothing that is asked again.
    expect(office.net.now - begin).toBeLessThan(4000);
  });

  test('with its whole office leaves everything to the origin, within the time of a read', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(1);
    const peers = [await office.peer(), await office.peer(), await office.peer()];
    for (const it of peers) await office.read(it, information, { peers: false });
    const reader = await office.peer();
    onBlock(({ source }) => {
      if (source === 'peer') for (const it of peers) void office.net.crash(it);
    });
    const content = await opened(reader, information);
    expect(await content.blockRead(0n, { max: LENGTH })).toMatchObject({ kind: 'data' });
    const begin = office.net.now;
    const missing = await content.blockRead(BigInt(8 * BLOCK), { max: LENGTH, timeoutMs: 1000 });
    expect(missing?.kind).toMatch(/^(missing|timeout)$/);
    expect(office.net.now - begin).toBeLessThanOrEqual(1000);
    await content.close();
  });
});

test('a peer that never answers is passed over after two seconds, and later reads do not wait for it', async () => {
  const office = new Office(LENGTH);
  const information = await office.information(2);
  const mute = office.net.platform();
  const store = fullStore(await office.describe(2), office.content, () => new Promise(() => undefined));
  await mute.distribution.peerCache({ store });
  const reader = await office.peer();
  const content = await opened(reader, information);
  const waits: number[] = [];
  for (let at = 0; at < LENGTH; at += 50_000) {
    const begin = office.net.now;
    const result = await content.blockRead(BigInt(at), { max: 1000 });
    waits.push(office.net.now - begin);
    expect(result?.kind).toBe('missing');
  }
  expect(waits[0]).toBeGreaterThanOrEqual(2000);
  expect(Math.max(...waits)).toBeLessThan(2500);
  // Three times, by IPv4 and by IPv6.
  expect(waits.filter((it) => it > 1000).length).toBeLessThanOrEqual(6);
  await content.close();
});

describe('what a cache has wrong', () => {
  test('is noticed by who reads it, and makes room for what is right', async () => {
    const office = new Office(LENGTH);
    const platform = office.net.platform();
    const truth = await office.information(1);
    // Whoever has content information of somebody's segment can tell others false hashes of its blocks: a list of some
    // of them proves nothing.
    const forged = Buffer.from(await office.information(1, { offset: 0n, length: BigInt(BLOCK) }));
    const lie = office.content.subarray(0, BLOCK).map((byte) => byte ^ 1);
    forged.set(segmentHash('sha256', lie), forged.length - 32);
    const deceived = await opened(platform, forged);
    await deceived.addData(0n, lie);
    expect(await deceived.blockRead(0n, { max: 5 })).toMatchObject({ kind: 'data', bytes: lie.slice(0, 5) });
    await deceived.close();
    expect((await platform.distribution.cache.usage()).blocks).toBe(1);

    const content = await opened(platform, truth, { peers: false });
    expect(await content.blockRead(0n, { max: 5 })).toMatchObject({ kind: 'missing' });
    await content.addData(0n, office.content);
    await content.close();
    const later = await opened(platform, truth, { peers: false });
    const right = office.content.slice(0, 5);
    expect(await later.blockRead(0n, { max: 5 })).toMatchObject({ kind: 'data', source: 'cache', bytes: right });
    await later.close();
    expect((await statsOf(platform)).dropped).toEqual({ 'wrong block in the cache': 1 });
  });

  test('can’t come by content information whose lists contradict their segments', async () => {
    const office = new Office(LENGTH);
    const forged = Buffer.from(await office.information(1));
    forged.set(new Uint8Array(32), forged.length - 32);
    await expect(opened(office.net.platform(), forged)).rejects.toMatchObject({
      code: 'PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO',
    });
  });
});

test('a platform that closes ends its reads, and its peers are left in peace', async () => {
  const office = new Office(LENGTH);
  const information = await office.information(1);
  const peer = await office.peer();
  await office.read(peer, information);
  const reader = await office.peer();
  const content = await opened(reader, information);
  const reading = content.blockRead(0n, { max: LENGTH });
  await Promise.all([expect(reading).rejects.toMatchObject({ code: 'PEER_E_NOT_INITIALIZED' }), reader.close()]);
  await office.net.advance(10_000);
  expect((await statsOf(peer)).bytes).toEqual({ ...NONE, origin: LENGTH });
  const { peerCaches } = (await peer.stats()).distribution as unknown as {
    readonly peerCaches: readonly [{ readonly retrieval: { readonly bytes: number } }];
  };
  expect(peerCaches[0].retrieval.bytes).toBe(0);
});

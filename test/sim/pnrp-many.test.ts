import { expect, test } from 'vitest';
import { network } from 'winpeer/testing';
import { CLOUD, statsOf } from './cloud.js';

/** More than a node searches for at a time. */
const MANY = 70;

test('more searches than a node makes at a time wait for their turn: each name is found', async () => {
  const net = network({ seed: 37 });
  const [seed, publisher, asker] = [net.platform(), net.platform(), net.platform()];
  const { addresses } = await seed.pnrp.open();
  await seed.pnrp.register('0.seed', { ...CLOUD, port: 1 });
  await Promise.all([publisher, asker].map((it) => it.pnrp.open({ seeds: addresses }).then((open) => open.joined())));
  const ports = Array.from({ length: MANY }, (_, n) => n + 1);
  await Promise.all(ports.map((port) => publisher.pnrp.register(`0.many-${port}`, { ...CLOUD, port })));
  const found = await Promise.all(ports.map((port) => asker.pnrp.resolve(`0.many-${port}`, CLOUD)));
  expect(found.map(({ endpoints }) => endpoints[0]?.addresses[0]?.port)).toEqual(ports);
  await Promise.all([asker.close(), publisher.close({ abrupt: true }), seed.close({ abrupt: true })]);
});

test('as many answers of several fragments as there are searches come from one host at once', async () => {
  const net = network({ seed: 39 });
  const [publisher, asker] = [net.platform(), net.platform()];
  const { addresses } = await publisher.pnrp.open();
  const payload = new Uint8Array(4096);
  const ports = Array.from({ length: MANY }, (_, n) => n + 1);
  await Promise.all(ports.map((port) => publisher.pnrp.register(`0.large-${port}`, { ...CLOUD, port, payload })));
  await (await asker.pnrp.open({ seeds: addresses })).joined();
  const found = await Promise.all(ports.map((port) => asker.pnrp.resolve(`0.large-${port}`, CLOUD)));
  expect(found.map(({ endpoints }) => endpoints[0]?.addresses[0]?.port)).toEqual(ports);
  expect(found.every(({ endpoints }) => endpoints[0]?.payload?.length === 4096)).toBe(true);
  expect((await statsOf(asker)).dropped).toEqual({});
  await Promise.all([asker.close(), publisher.close({ abrupt: true })]);
});

test('searches that wait for their turn end with the platform', async () => {
  const net = network({ seed: 38 });
  const asker = net.platform();
  await asker.pnrp.open({ seeds: [{ address: '2001:db8::99', port: 5000 }] });
  const waiting = Array.from({ length: MANY }, (_, n) =>
    asker.pnrp.resolve(`0.none-${n}`, CLOUD).catch((it) => it.code),
  );
  await net.advance(100);
  await asker.close();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['PEER_E_NOT_INITIALIZED']));
});

// What Windows Node.js does in mixed.wine.test.ts. It talks to the test over TCP, one JSON object a line, and ends when
// the test hangs up: argv is the port of the test, the seed's address, and a folder for itself.
import assert from 'node:assert/strict';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createPlatform, isPeerError } from 'winpeer';
import { createHost } from '#fallback/runtime/host';

const [port, seed, folder] = process.argv.slice(2);
const test = connect(Number(port), '::1');
const platforms = ['alice', 'bob'].map((name) => createPlatform({ backend: 'fallback', home: join(folder, name) }));
const [alice, bob] = platforms;
const store = join(folder, 'store');
const inCloud = { cloud: 'Global_' };

for (const { pnrp } of platforms) {
  const cloud = await pnrp.open({ listen: [{ address: '::1', port: 0 }], seeds: [JSON.parse(seed)] });
  await cloud.joined();
}

const found = async (name, options = {}) => (await bob.pnrp.resolve(name, { ...inCloud, ...options })).endpoints;

/** @type {Record<string, () => Promise<void>>} */
const CASES = {
  'a name with comment and payload': async () => {
    const payload = Uint8Array.from({ length: 300 }, (_, at) => at & 0xff);
    const told = { comment: 'größer 🐙', payload };
    const registration = await alice.pnrp.register('0.Straße 7', { ...inCloud, port: 4242, ...told });
    const [endpoint] = await found('0.Straße 7');
    assert.equal(endpoint.comment, told.comment);
    assert.deepEqual(endpoint.payload, payload);
    assert.equal(endpoint.addresses[0].port, 4242);
    await registration.unregister();
  },
  'ten addresses in their order': async () => {
    const addresses = Array.from({ length: 10 }, (_, at) => ({ address: `2001:db8::${at + 1}`, port: 6000 + at }));
    const registration = await alice.pnrp.register('0.many', { ...inCloud, addresses });
    assert.deepEqual((await found('0.many'))[0].addresses, addresses);
    await registration.unregister();
  },
  'a payload of 4096 bytes': async () => {
    const payload = new Uint8Array(4096).fill(7);
    const registration = await alice.pnrp.register('0.big', { ...inCloud, payload });
    assert.deepEqual((await found('0.big'))[0].payload, payload);
    await registration.unregister();
  },
  'a secure name, and nobody else’s': async () => {
    const { peerName } = await alice.identity.create({ classifier: 'service' });
    const registration = await alice.pnrp.register(peerName, { ...inCloud, port: 5000 });
    assert.equal((await found(peerName))[0].peerName, peerName);
    await registration.unregister();
    await assert.rejects(bob.pnrp.register(peerName, { ...inCloud, port: 1 }), isPeerError);
  },
  'a name that nobody has': async () => {
    assert.deepEqual(await found('0.nobody'), []);
  },
  'a store whose file others read while it is replaced': async () => {
    const [one, two] = await Promise.all([0, 1].map(() => createHost({ home: store }).store.open('things')));
    const write = (value) => one.update(() => new Map([['a', Uint8Array.of(value)]]));
    await write(0);
    const reading = Promise.all(Array.from({ length: 20 }, () => two.get('a')));
    for (let value = 1; value <= 10; value++) await write(value);
    await reading;
    assert.deepEqual(await two.get('a'), Uint8Array.of(10));
    assert.deepEqual(readdirSync(store), ['things.json']);
  },
  'a store whose file somebody has open': async () => {
    const things = await createHost({ home: store }).store.open('things');
    const file = join(store, 'things.json');
    const reader = await open(file, 'r');
    writeFileSync(join(store, 'other'), '');
    assert.throws(() => renameSync(join(store, 'other'), file), { code: 'EPERM' });
    rmSync(join(store, 'other'));
    const written = things.update(() => new Map([['a', Uint8Array.of(11)]]));
    while (!readdirSync(store).some((name) => name.endsWith('.draft'))) await stat(store);
    // Far more calls than a writer still needs to come to the file.
    for (let call = 0; call < 200; call++) await stat(store);
    await reader.close();
    await written;
    assert.deepEqual(await things.get('a'), Uint8Array.of(11));
    assert.deepEqual(readdirSync(store), ['things.json']);
  },
};

/** A datagram to a link-local address of this machine, and where it says that it came from; null without any. */
async function linkLocal() {
  const host = createHost({ home: folder });
  const all = Object.entries(networkInterfaces()).flatMap(([scope, them]) => them.map((it) => ({ scope, ...it })));
  const own = all.find((it) => it.address.startsWith('fe80:'));
  if (own === undefined) return null;
  const here = { address: own.address, port: 0, scope: own.scope };
  const { promise, resolve } = withResolvers();
  const datagrams = await host.datagrams.bind(here, (_bytes, from) => resolve(from));
  datagrams.send(Uint8Array.of(1), datagrams.local);
  const from = await promise;
  await datagrams.close();
  const accepted = withResolvers();
  const listener = await host.streams.listen(here, accepted.resolve);
  const stream = await host.streams.connect(listener.local);
  const scopes = [from.scope, stream.remote.scope, (await accepted.promise).local.scope];
  stream.destroy();
  await listener.close();
  return { scopes, named: own.scope };
}

function withResolvers() {
  let resolve;
  const promise = new Promise((it) => {
    resolve = it;
  });
  return { promise, resolve };
}

const outcomes = {};
for (const [title, run] of Object.entries(CASES)) {
  outcomes[title] = await run().then(
    () => 'passed',
    (error) => String(error.stack),
  );
}
const theirs = await found('0.linux');
const { peerName } = await alice.identity.create({ classifier: 'windows' });
for (const name of ['0.windows', peerName]) await alice.pnrp.register(name, { ...inCloud, port: 7002, comment: 'ü' });
test.write(`${JSON.stringify({ platform: process.platform, outcomes, theirs, peerName, link: await linkLocal() })}\n`);
await new Promise((resolve) => test.resume().once('close', resolve));
for (const platform of platforms) await platform.close();

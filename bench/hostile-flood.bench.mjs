// A PNRP node under 10,000 SOLICITs a second for a minute of virtual time, each from another address. One half has route
// entries that name third parties, the other nonsense: loopback, groups, reserved ports, the node's own ID. What the
// node then holds in memory, what it sends for what it gets, and whether names are found meanwhile.
//
//   node bench/hostile-flood.bench.mjs [seconds]
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPlatform } from 'winpeer';
import { message } from '#fallback/pnrp/messages';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { byteStringFromHex } from '#fallback/wire/byte-string';
import { encode } from '#fallback/wire/codec';
import { packAddress } from '#fallback/wire/ipv6';

const SECONDS = Number(process.argv[2] ?? 60);
const PER_MS = 10;
const HEAP_MB = 10;
/**
 * What [MS-PNRP] asks for in return for the shortest SOLICIT with a route entry, 96 bytes: an ADVERTISE of five IDs
 * (3.2.5.3) and an INQUIRE with nonce that is sent twice (3.1.5.11).
 */
const RATIO = (56 + 5 * 32 + 2 * 76) / 96;
const CLOUD = { cloud: 'Global_' };

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const heapMB = () => {
  gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const net = new VirtualNetwork({ seed: 41 });
const random = new SeededRandom('flood');
const host = net.host();
/** @type {Set<string>} */
const honest = new Set();
/** @type {(bytes: Uint8Array, from: { address: string, port: number }) => void} */
let arrive = () => undefined;
const bytes = { in: 0, out: 0, toThirdParties: 0 };

/** @type {typeof host.datagrams.bind} */
async function bind(local, receive) {
  arrive = receive;
  const socket = await host.datagrams.bind(local, receive);
  return {
    local: socket.local,
    join: (group, name) => socket.join(group, name),
    hold: (alive) => socket.hold(alive),
    close: () => socket.close(),
    send(datagram, to) {
      if (!honest.has(to.address)) bytes.out += datagram.length;
      if (to.address.startsWith(THIRD_PARTIES)) bytes.toThirdParties += datagram.length;
      socket.send(datagram, to);
    },
  };
}

const SOURCES = '2001:db8:1:';
const THIRD_PARTIES = '2001:db8:2:';
const address = (/** @type {string} */ prefix, /** @type {number} */ n) =>
  `${prefix}${(n >>> 16).toString(16)}::${(n & 0xffff).toString(16)}`;

const node = createPlatform({ backend: 'fallback', host: Object.create(host, { datagrams: { value: { bind } } }) });
const seeds = (await node.pnrp.open(CLOUD)).addresses;
const { clouds } = await node.pnrp.register('0.node', { ...CLOUD, port: 1 });
const [own] = clouds;
const others = [];
for (const name of ['0.friend', '0.other', '0.third']) {
  const platform = createPlatform({ backend: 'fallback', host: net.host() });
  const { addresses } = await platform.pnrp.open({ ...CLOUD, seeds });
  for (const place of addresses) honest.add(place.address);
  await platform.pnrp.register(name, { ...CLOUD, port: 2 });
  others.push(platform);
}
const [, asker] = others;
if (asker === undefined || own === undefined) throw new Error('the cloud did not come to be');

const NONSENSE = [
  { addresses: [packAddress('::1')] },
  { addresses: [packAddress('ff02::c')] },
  { port: 80 },
  { pnrpId: byteStringFromHex(own.pnrpId) },
];

/** @param {number} n */
function solicit(n) {
  const pnrpId = Buffer.from(random.bytes(32)).toString('latin1');
  const entry = { pnrpId, port: 3540, addresses: [packAddress(address(THIRD_PARTIES, n))] };
  const routeEntry = n % 2 === 0 ? entry : { ...entry, ...NONSENSE[(n >> 1) % NONSENSE.length] };
  return encode(message, { type: 'SOLICIT', messageId: n, hashedNonce: random.bytes(20), routeEntry });
}

const resolves = [];
let sent = 0;
let busy = 0;
let most = 0;
const before = heapMB();
for (let ms = 0; ms < 1000 * SECONDS; ms++) {
  if (ms % 1000 === 0) {
    resolves.push(node.pnrp.resolve('0.friend', CLOUD), asker.pnrp.resolve('0.node', CLOUD));
  }
  for (let n = 0; n < PER_MS; n++) {
    const datagram = solicit(sent);
    const from = { address: address(SOURCES, sent), port: 3540 };
    const start = performance.now();
    arrive(datagram, from);
    busy += performance.now() - start;
    bytes.in += datagram.length;
    sent += 1;
  }
  await net.time.advance(1);
  if (ms % 10_000 === 9999) most = Math.max(most, heapMB());
}
const grown = Math.max(most, heapMB()) - before;
await net.time.advance(10_000);
const found = (await Promise.all(resolves)).filter(({ endpoints }) => endpoints.length === 1).length;
const ratio = bytes.out / bytes.in;
const stats = /** @type {{ pnrp: { clouds: { held: object }[] } }} */ (/** @type {unknown} */ (await node.stats()));

console.log(`${sent} SOLICITs in ${SECONDS} s, each took ${((1000 * busy) / sent).toFixed(1)} µs`);
console.log(`heap         grew by ${grown.toFixed(2)} MB, budget ${HEAP_MB} MB`);
console.log(`bytes        ${bytes.in} in, ${bytes.out} out, of them ${bytes.toThirdParties} to third parties`);
console.log(`out to in    ${ratio.toFixed(3)}, the specification's own ratio ${RATIO.toFixed(3)}`);
console.log(`resolves     ${found} of ${resolves.length} found their name`);
console.log(`held         ${JSON.stringify(stats.pnrp.clouds[0]?.held)} after ten seconds of peace`);
await Promise.all([node, ...others].map((platform) => platform.close({ abrupt: true })));
if (!(grown <= HEAP_MB && ratio <= RATIO && found === resolves.length)) process.exitCode = 1;

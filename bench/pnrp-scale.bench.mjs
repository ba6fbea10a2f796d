// PNRP clouds of many nodes on the virtual network: what is found, how far away, at what cost.
//
//   node bench/pnrp-scale.bench.mjs [nodes ...] [--seeds n]      default: 100 and 1000 with 10 seeds each, 10000 with one
//
// Each run is a process of its own and makes one network. The nodes, one platform with one name each, join in batches
// that double the cloud, which then rests for some maintenance rounds. The scenarios follow each other on that network:
//
//   sound   nothing is lost
//   loss    every datagram is lost with a chance of 20 %, for three maintenance rounds and while the resolves run
//   killed  after a rest without loss, a tenth of the nodes is gone at once without goodbye; all resolves start then
//
// A scenario is 1,000 resolves of live names that the asking node neither registered nor has in its cache. Of several
// seeds the worst counts for each bound.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const RESOLVES = 1000;
const CLOUD = { cloud: 'Global_' };
const MAINTENANCE_MS = 15_000;
const ROUNDS_OF_REST = 2;
const ROUNDS_OF_LOSS = 3;
/** Their disks hold the keys that sign for everybody: making one takes longer than all else that a node does. */
const USERS = 4;
const LEVEL = 20;
const SIDE = 5;

const BOUNDS = {
  found: { sound: 0.999, loss: 0.95, killed: 0.99 },
  hops: (/** @type {number} */ nodes) => Math.ceil(Math.log10(nodes)) + 1,
  heapKB: 60,
  seconds: 600,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string' }, seed: { type: 'string' } },
});
if (values.seed === undefined) compare();
else console.log(JSON.stringify(await simulate(Number(positionals[0]), values.seed)));

/** Runs and judges all that is asked for. */
function compare() {
  const sizes = positionals.length > 0 ? positionals.map(Number) : [100, 1000, 10_000];
  const seedsOf = (/** @type {number} */ nodes) => Number(values.seeds ?? (nodes < 10_000 ? 10 : 1));
  console.log(`Node.js ${process.version}, ${process.platform} ${process.arch}; ${RESOLVES} resolves a scenario\n`);
  for (const nodes of sizes) {
    const seeds = Array.from({ length: seedsOf(nodes) }, (_, index) => index + 1);
    console.log(`${nodes} nodes, ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds, the worst of each`}`);
    judge(
      nodes,
      seeds.map((seed) => run(nodes, seed)),
    );
  }
}

/** @param {number} nodes @param {number} seed */
function run(nodes, seed) {
  const args = [
    '--expose-gc',
    '--max-semi-space-size=64',
    fileURLToPath(import.meta.url),
    `${nodes}`,
    '--seed',
    `${seed}`,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${nodes} nodes, seed ${seed}: ${stderr}`);
  return /** @type {Awaited<ReturnType<typeof simulate>>} */ (JSON.parse(stdout));
}

/** @param {number} nodes @param {ReturnType<typeof run>[]} runs */
function judge(nodes, runs) {
  const most = (/** @type {(it: ReturnType<typeof run>) => number} */ value) => Math.max(...runs.map(value));
  const row = (/** @type {(string | number)[]} */ ...cells) =>
    console.log(cells.map((cell, index) => (index === 0 ? `  ${cell}`.padEnd(28) : `${cell}`.padStart(12))).join(''));
  const check = (/** @type {boolean} */ kept) => {
    if (!kept) process.exitCode = 1;
    return kept ? 'kept' : 'MISSED';
  };
  row('', 'found', 'bound', '', 'hops p50', 'hops p95', 'ms p95', 'messages');
  for (const scenario of /** @type {const} */ (['sound', 'loss', 'killed'])) {
    const of = runs.map((it) => it.scenarios[scenario]);
    const found = Math.min(...of.map((it) => it.found)) / RESOLVES;
    const worst = (/** @type {'hops50' | 'hops95' | 'ms95' | 'messages'} */ key) =>
      Math.max(...of.map((it) => it[key]));
    const bound = BOUNDS.found[scenario];
    row(
      scenario,
      `${(100 * found).toFixed(1)} %`,
      `${(100 * bound).toFixed(1)} %`,
      check(found >= bound),
      worst('hops50'),
      worst('hops95'),
      worst('ms95').toFixed(0),
      worst('messages').toFixed(1),
    );
  }
  const limits = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ bound, digits = 0) =>
    row(name, value.toFixed(digits), bound, check(value <= bound));
  limits(
    'useful hops p95, sound',
    most((it) => it.scenarios.sound.hops95),
    BOUNDS.hops(nodes),
  );
  limits(
    'entries of a level',
    most((it) => it.fullestLevel),
    LEVEL,
  );
  limits(
    'entries of a leaf set side',
    most((it) => it.fullestSide),
    SIDE,
  );
  limits(
    'heap a node, KB',
    most((it) => it.heapKB),
    BOUNDS.heapKB,
    1,
  );
  limits(
    'seconds a seed',
    most((it) => it.seconds),
    BOUNDS.seconds,
  );
  row('of which joining', most((it) => it.joinSeconds).toFixed(0));
  row('virtual seconds', most((it) => it.virtualSeconds).toFixed(0));
  row('entries a node, mean', most((it) => it.cached).toFixed(1));
  row('messages a node and round', most((it) => it.messagesOfRound).toFixed(1));
  row('peak resident MB', most((it) => it.residentMB).toFixed(0));
  console.log('');
}

/** One network from beginning to end. @param {number} count @param {string} seed */
async function simulate(count, seed) {
  const { network } = await import('winpeer/testing');
  const started = performance.now();
  const chance = random(Number(seed));
  const net = network({ seed: `${seed} of ${count}` });
  await loadEverything(network);
  const before = heap();
  /** @type {import('winpeer').Platform[]} */
  const nodes = [];
  const addresses = /** @type {import('winpeer/pnrp').PnrpAddress[][]} */ ([]);
  const nameOf = (/** @type {number} */ index) => `0.node-${index}`;

  const join = async (/** @type {number} */ index) => {
    const platform = net.platform({ disk: `user-${index % USERS}`, link: `link-${index}` });
    nodes[index] = platform;
    const seeds = index === 0 ? [] : addresses[chance(addresses.length)];
    const open = await platform.pnrp.open({ ...CLOUD, seeds });
    await open.joined();
    await platform.pnrp.register(nameOf(index), { ...CLOUD, port: 1 + (index % 65_535) });
    return open.addresses;
  };
  while (addresses.length < count) {
    const batch = Math.min(Math.max(1, addresses.length), count - addresses.length);
    addresses.push(...(await Promise.all(Array.from({ length: batch }, (_, n) => join(addresses.length + n)))));
  }
  await net.advance(ROUNDS_OF_REST * MAINTENANCE_MS);
  const joinSeconds = (performance.now() - started) / 1000;
  const heapKB = (heap() - before) / 1024 / count;

  const live = new Set(nodes.keys());
  const statsOf = async () => {
    const all = await Promise.all([...live].map((index) => /** @type {any} */ (nodes[index]).stats()));
    return all.map((it) => it.pnrp.clouds[0]);
  };
  const caches = await statsOf();

  const sent = total(caches);
  await net.advance(MAINTENANCE_MS);
  const messagesOfRound = (total(await statsOf()) - sent) / count;

  const resolves = async () => {
    const indices = [...live];
    const results = /** @type {{ hops: number, ms: number, exchanges: number, found: boolean }[]} */ ([]);
    const resolve = async () => {
      for (;;) {
        const asker = indices[chance(indices.length)];
        const wanted = indices[chance(indices.length)];
        if (asker === wanted) continue;
        // A search begins at the cached entry closest to its target: one that begins at the target had it cached.
        let exchanges = 0;
        let wasCached = false;
        const { endpoints, hops, ms } = await /** @type {any} */ (nodes[asker]).pnrp.resolve(nameOf(wanted), {
          ...CLOUD,
          onHop: (/** @type {import('winpeer/pnrp').ResolveHop} */ hop) => {
            if (exchanges === 0) wasCached = hop.matchingBits >= 128;
            exchanges += 1;
          },
        });
        if (wasCached) continue;
        results.push({ hops, ms, exchanges, found: endpoints[0]?.addresses[0]?.port === 1 + (wanted % 65_535) });
        return;
      }
    };
    await Promise.all(Array.from({ length: RESOLVES }, resolve));
    const found = results.filter((it) => it.found);
    return {
      found: found.length,
      hops50: percentile(
        found.map((it) => it.hops),
        0.5,
      ),
      hops95: percentile(
        found.map((it) => it.hops),
        0.95,
      ),
      ms95: percentile(
        found.map((it) => it.ms),
        0.95,
      ),
      messages: (2 * results.reduce((sum, it) => sum + it.exchanges, 0)) / RESOLVES,
    };
  };

  const sound = await resolves();
  net.loss = 0.2;
  await net.advance(ROUNDS_OF_LOSS * MAINTENANCE_MS);
  const loss = await resolves();
  net.loss = 0;
  await net.advance(ROUNDS_OF_REST * MAINTENANCE_MS);
  const killed = Array.from({ length: Math.floor(count / 10) }, () => {
    const index = [...live][chance(live.size)];
    live.delete(index);
    return net.crash(nodes[index]);
  });
  await Promise.all(killed);
  const scenarios = { sound, loss, killed: await resolves() };

  const seconds = (performance.now() - started) / 1000;
  return {
    scenarios,
    heapKB,
    messagesOfRound,
    seconds,
    joinSeconds,
    virtualSeconds: net.now / 1000,
    cached: caches.reduce((sum, it) => sum + it.cached, 0) / count,
    fullestLevel: Math.max(...caches.flatMap((it) => it.levels)),
    fullestSide: Math.max(
      ...caches.flatMap((it) => it.leafSets.flatMap((/** @type {any} */ { lower, higher }) => [lower, higher])),
    ),
    residentMB: process.resourceUsage().maxRSS / 1024,
  };
}

/** What a first node makes Node.js load, and keys, are not what the nodes after it take. @param {typeof import('winpeer/testing').network} network */
async function loadEverything(network) {
  const net = network();
  const first = net.platform();
  await first.pnrp.register('0.first', { ...CLOUD, port: 1 });
  await first.close();
}

/** All messages that were sent. @param {any[]} stats */
function total(stats) {
  return stats.flatMap(({ sent }) => Object.values(sent)).reduce((sum, count) => sum + count, 0);
}

/** @param {number[]} values @param {number} share */
function percentile(values, share) {
  return values.sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;
}

function heap() {
  /** @type {any} */ (globalThis).gc();
  return process.memoryUsage().heapUsed;
}

/** Whole numbers below a bound, the same for the same seed (mulberry32). @param {number} seed */
function random(seed) {
  let state = seed;
  return (/** @type {number} */ bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

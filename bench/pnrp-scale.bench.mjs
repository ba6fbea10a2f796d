// PNRP clouds of many nodes on the virtual network: what is found, how far away, at what cost.
//
//   node bench/pnrp-scale.bench.mjs [nodes ...] [--seeds n]      default: 100 and 1000 with 10 seeds each, 10000 with one
//
// Each run is a process of its own and makes one network. The nodes, one platform with one name each, join in batches
// that double the cloud, which then rests for some maintenance rounds. The scenarios follow each other on that network:
//
//   sound   nothing is lost
//   loss    every datagram is lost with a chance of 20 %, for three maintenance rounds and while the resolves run
//   killed  one round after the loss is over, a tenth of the nodes is gone at once without goodbye; all resolves start then
//
// A scenario is 1,000 resolves of live names that the asking node neither registered nor has in its cache. Of several
// seeds the worst counts for each bound. `messages` are those of the search itself, two for each exchange; `heap` is
// what is in use after a collection when the cloud has rested.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const RESOLVES = 1000;
const CLOUD = { cloud: 'Global_' };
const MAINTENANCE_MS = 15_000;
const ROUNDS_OF_REST = 3;
const ROUNDS_OF_LOSS = 3;
const ROUNDS_OF_HEALING = 1;
/** Their disks hold the keys that sign for everybody: making one takes longer than all else that a node does. */
const USERS = 4;
const LEVEL = 20;
const SIDE = 5;
const LOSS = 0.2;
const P2P_ID_BITS = 128;

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
    '--max-semi-space-size=256',
    fileURLToPath(import.meta.url),
    `${nodes}`,
    '--seed',
    `${seed}`,
  ];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${nodes} nodes, seed ${seed} ended with ${status}`);
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
  row('', 'found', 'bound', '', 'hops mean', 'hops p95', 'ms p95', 'messages');
  for (const scenario of /** @type {const} */ (['sound', 'loss', 'killed'])) {
    const of = runs.map((it) => it.scenarios[scenario]);
    const found = Math.min(...of.map((it) => it.found)) / RESOLVES;
    const worst = (/** @type {'hopsMean' | 'hops95' | 'ms95' | 'messages'} */ key) =>
      Math.max(...of.map((it) => it[key]));
    const bound = BOUNDS.found[scenario];
    row(
      scenario,
      `${(100 * found).toFixed(1)} %`,
      `${(100 * bound).toFixed(1)} %`,
      check(found >= bound),
      worst('hopsMean').toFixed(2),
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
  row('of the processor', most((it) => it.processorSeconds).toFixed(0));
  row('until it has rested', most((it) => it.joinSeconds).toFixed(0));
  row('virtual seconds', most((it) => it.virtualSeconds).toFixed(0));
  row('entries a node, mean', most((it) => it.cached).toFixed(1));
  row('messages a node and round', most((it) => it.messagesOfRound).toFixed(1));
  row('peak resident MB', most((it) => it.residentMB).toFixed(0));
  console.log('');
}

/** @typedef {{ readonly number: number, readonly name: string, readonly port: number, readonly platform: Platform }} Node */
/** @typedef {import('winpeer').Platform} Platform */

/** One network from beginning to end. @param {number} count @param {string} seed */
async function simulate(count, seed) {
  const { network } = await import('winpeer/testing');
  await loadEverything(network);
  const started = performance.now();
  const below = random(Number(seed));
  const net = network({ seed: `${seed} of ${count}` });
  const before = heap();

  /** @type {Node[]} */
  let nodes = [];
  /** @type {(readonly import('winpeer/pnrp').PnrpAddress[])[]} */
  const addresses = [];
  const oneOf = (/** @type {readonly Node[]} */ them) => /** @type {Node} */ (them[below(them.length)]);
  const join = async (/** @type {number} */ number) => {
    const platform = net.platform({ disk: `user-${number % USERS}`, link: `link-${number}` });
    const node = { number, name: `0.node-${number}`, port: 1 + (number % 65_535), platform };
    const seeds = addresses[below(nodes.length)] ?? [];
    const open = await platform.pnrp.open({ ...CLOUD, seeds });
    await open.joined();
    await platform.pnrp.register(node.name, { ...CLOUD, port: node.port });
    addresses[number] = open.addresses;
    return node;
  };
  while (nodes.length < count) {
    const batch = Math.min(Math.max(1, nodes.length), count - nodes.length);
    const first = nodes.length;
    nodes = [...nodes, ...(await Promise.all(Array.from({ length: batch }, (_, n) => join(first + n))))];
  }
  await net.advance((ROUNDS_OF_REST - 1) * MAINTENANCE_MS);
  const sent = total(await statsOf(nodes));
  await net.advance(MAINTENANCE_MS);
  const joinSeconds = (performance.now() - started) / 1000;
  const heapKB = (heap() - before) / 1024 / count;
  const settled = await statsOf(nodes);

  /** Resolves until one was of a name that the asking node had not cached. */
  const resolve = async () => {
    for (;;) {
      const [asking, wanted] = [oneOf(nodes), oneOf(nodes)];
      if (asking === wanted) continue;
      let exchanges = 0;
      let wasCached = false;
      const { endpoints, hops, ms } = await asking.platform.pnrp.resolve(wanted.name, {
        ...CLOUD,
        onHop: ({ matchingBits }) => {
          // A search begins at the cached entry closest to its target.
          if (exchanges === 0) wasCached = matchingBits >= P2P_ID_BITS;
          exchanges += 1;
        },
      });
      if (!wasCached) return { found: endpoints[0]?.addresses[0]?.port === wanted.port, hops, ms, exchanges };
    }
  };
  const scenario = async () => {
    const all = await Promise.all(Array.from({ length: RESOLVES }, resolve));
    const found = all.filter((it) => it.found);
    return {
      found: found.length,
      hopsMean: mean(found.map(({ hops }) => hops)),
      hops95: percentile(found.map(({ hops }) => hops)),
      ms95: percentile(found.map(({ ms }) => ms)),
      messages: 2 * mean(all.map(({ exchanges }) => exchanges)),
    };
  };

  const sound = await scenario();
  net.loss = LOSS;
  await net.advance(ROUNDS_OF_LOSS * MAINTENANCE_MS);
  const loss = await scenario();
  net.loss = 0;
  await net.advance(ROUNDS_OF_HEALING * MAINTENANCE_MS);
  const gone = new Set();
  while (gone.size < Math.floor(count / 10)) gone.add(oneOf(nodes));
  await Promise.all(nodes.filter((node) => gone.has(node)).map(({ platform }) => net.crash(platform)));
  nodes = nodes.filter((node) => !gone.has(node));
  const killed = await scenario();

  return {
    scenarios: { sound, loss, killed },
    heapKB,
    seconds: (performance.now() - started) / 1000,
    processorSeconds: process.cpuUsage().user / 1e6,
    joinSeconds,
    virtualSeconds: net.now / 1000,
    cached: mean(settled.map(({ cached }) => cached)),
    fullestLevel: Math.max(...settled.flatMap(({ levels }) => levels)),
    fullestSide: Math.max(
      ...settled.flatMap(({ leafSets }) => leafSets.flatMap(({ lower, higher }) => [lower, higher])),
    ),
    messagesOfRound: (total(settled) - sent) / count,
    residentMB: process.resourceUsage().maxRSS / 1024,
  };
}

/** @typedef {import('../test/sim/cloud.js').CloudStats} CloudStats */

/** @param {readonly Node[]} nodes @returns {Promise<CloudStats[]>} */
async function statsOf(nodes) {
  const all = await Promise.all(nodes.map(({ platform }) => platform.stats()));
  return all.map(({ pnrp }) => /** @type {any} */ (pnrp).clouds[0]);
}

/** What first nodes make Node.js load and compile is not what those after them take. @param {typeof import('winpeer/testing').network} network */
async function loadEverything(network) {
  const net = network();
  const nodes = Array.from({ length: 50 }, () => net.platform({ disk: 'user' }));
  const open = await nodes[0]?.pnrp.open(CLOUD);
  for (const [port, { pnrp }] of nodes.entries()) {
    await (await pnrp.open({ ...CLOUD, seeds: port === 0 ? [] : (open?.addresses ?? []) })).joined();
    await pnrp.register(`0.first-${port}`, { ...CLOUD, port: port + 1 });
  }
  await net.advance(ROUNDS_OF_REST * MAINTENANCE_MS);
  await Promise.all(nodes.map((node) => node.close({ abrupt: true })));
}

/** All messages that were sent, but for repetitions. @param {readonly CloudStats[]} stats */
function total(stats) {
  return stats.flatMap(({ sent }) => Object.values(sent)).reduce((sum, count) => sum + count, 0);
}

/** @param {readonly number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The 95th. @param {readonly number[]} values */
function percentile(values) {
  return [...values].sort((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1] ?? Number.NaN;
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

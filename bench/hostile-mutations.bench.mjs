// What the decoders of PNRP, of its certificate chains and of peer distribution make of a million seeded mutations each: a value or a
// DecodeError, nothing else, and what is a value of a codec can be encoded again. The mutations go through 95 % of the
// branches of each module of decoders; of a module that also issues certificates those count that are in functions which
// reading one enters.
//
//   node bench/hostile-mutations.bench.mjs [mutations a decoder]      half an hour on two processors
//
// The ASN.1 library takes a fifth of a millisecond for each certificate: most of the time is its. So each group of
// decoders has a thread, as many at once as there are processors, the longest first.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/**
 * @typedef {object} Decoder
 * @property {string} name
 * @property {readonly Uint8Array[]} seeds
 * @property {(bytes: Uint8Array) => unknown} decode A promise where it takes its time.
 * @property {(bytes: Uint8Array) => readonly number[]} [boundaries] Where the elements of a seed start.
 */
/**
 * @typedef {object} Group
 * @property {readonly Decoder[]} decoders
 * @property {readonly string[]} whole Modules of which every branch counts,
 * @property {readonly string[]} entered and those of which only those in functions do that were entered.
 */

const COUNT = Number(process.argv[2] ?? 1_000_000);
const SHARE_OF_BRANCHES = 0.95;
const SEED = 52;
/** The longest first. */
const GROUPS = /** @type {const} */ ({
  chain: async () => (await import('./chain-decoder.mjs')).certificateChain,
  certificate: async () => (await import('./certificate-decoders.mjs')).certificate,
  discovery: async () => (await import('./distribution-decoders.mjs')).discovery,
  distribution: async () => (await import('./distribution-decoders.mjs')).distribution,
  pnrp: async () => (await import('./pnrp-decoders.mjs')).pnrp,
  bag: async () => (await import('./certificate-decoders.mjs')).certificateBag,
});

if (isMainThread) {
  console.log('decoder                  values    errors  seconds');
  const waiting = Object.keys(GROUPS);
  const reports = await Promise.all(Array.from({ length: availableParallelism() }, () => runInTurn(waiting)));
  console.log('\nmodule                              branches  taken');
  for (const { module, all, missed } of reports.flat(2)) {
    const share = 1 - missed.length / all;
    console.log(
      `${module.padEnd(38)} ${String(all).padStart(4)} ${(100 * share).toFixed(1).padStart(5)} %  ${missed.join(' ')}`,
    );
    if (!(share >= SHARE_OF_BRANCHES)) process.exitCode = 1;
  }
} else {
  parentPort?.postMessage(await run(workerData));
}

/** What each of those groups went through that nobody else has taken. @param {string[]} waiting */
async function runInTurn(waiting) {
  const reports = [];
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: group, argv: [String(COUNT)] });
    /** @type {[import('./coverage.mjs').Branches[]]} */
    const [branches] = /** @type {any} */ (await once(worker, 'message'));
    reports.push(branches);
  }
  return reports;
}

/** @param {keyof typeof GROUPS} name */
async function run(name) {
  // A stack is most of what an error costs, and nobody reads these.
  Error.stackTraceLimit = 0;
  // First: it sees the others being loaded.
  const { branchesOf } = await import('./coverage.mjs');
  const { mutateInTurn, mutate } = await import('../test/wire/mutations.mjs');
  const { decoders, whole, entered } = await GROUPS[name]();
  for (const { name: decoder, seeds, decode, boundaries } of decoders) {
    const start = performance.now();
    const each = /** @type {(bytes: Uint8Array) => Promise<unknown>} */ (decode);
    const mutated = decode.constructor.name === 'AsyncFunction' ? mutateInTurn : mutate;
    const { values, errors } = await mutated(SEED, seeds, COUNT, each, boundaries);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(
      `${decoder.padEnd(20)} ${String(values).padStart(10)} ${String(errors).padStart(9)} ${seconds.padStart(8)}`,
    );
  }
  return branchesOf({ whole, entered });
}

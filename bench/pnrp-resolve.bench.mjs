// How long it takes to find where a name is, in networks of real sockets on loopback: PNRP with every signature made and
// checked, beside hyperdht's lookup of a topic. Searches take turns; each network has a process of its own. Budget: the
// median of our resolve is no longer than that of their query until its end, at each size.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { version } from './rivals.mjs';
import { quantile } from './turns.mjs';

const SIZES = [100, 1000];
const SEARCHES = 200;
/** A few of each network are not counted: they compile the code. */
const UNCOUNTED = 20;

/** @typedef {import('./resolve-network.mjs').Search} Search */

/** @param {string} which @param {number} nodes */
async function start(which, nodes) {
  const began = performance.now();
  const child = fork(fileURLToPath(new URL('resolve-network.mjs', import.meta.url)), [which, String(nodes)]);
  const end = once(child, 'exit').then(([code]) => {
    throw new Error(`the network of ${which} ended with ${code}`);
  });
  end.catch(() => undefined); // After `stop` that is no error.
  const answer = async () => (await Promise.race([once(child, 'message'), end]))[0];
  await answer();
  console.log(`${nodes} nodes of ${which} are there after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return {
    /** @param {number} asking @param {number} wanted @returns {Promise<Search>} */
    async find(asking, wanted) {
      child.send([asking, wanted]);
      const search = await answer();
      if (!search.found) throw new Error(`${which}: node ${asking} did not find node ${wanted}`);
      return search;
    },
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** @param {string} what @param {readonly number[]} ms @param {readonly Search[]} searches */
function line(what, ms, searches) {
  const messages = quantile(searches.map((search) => search.messages));
  const [p50, p95] = [0.5, 0.95].map((share) => `${quantile(ms, share).toFixed(2)} ms`.padStart(10));
  console.log(`${what.padEnd(36)}p50${p50}  p95${p95}  ${messages} messages`);
}

console.log(`Node.js ${process.version}, ${process.platform} ${process.arch}, hyperdht ${version('hyperdht')}`);
for (const nodes of SIZES) {
  const winpeer = await start('winpeer', nodes);
  const hyperdht = await start('hyperdht', nodes);
  /** @type {Search[]} */
  const ours = [];
  /** @type {Search[]} */
  const theirs = [];
  let held = 0;
  for (let turn = 0; ours.length < SEARCHES + UNCOUNTED; turn++) {
    const asking = (turn * 7) % nodes;
    const wanted = (asking + 1 + ((turn * 13) % (nodes - 1))) % nodes;
    const search = await winpeer.find(asking, wanted);
    // A name whose node the asking node knows already is no search.
    if (search.held) {
      held += 1;
      continue;
    }
    ours.push(search);
    theirs.push(await hyperdht.find(asking, wanted));
  }
  await Promise.all([winpeer.stop(), hyperdht.stop()]);
  for (const searches of [ours, theirs]) searches.splice(0, UNCOUNTED);

  console.log(
    `${nodes} nodes, ${SEARCHES} searches of names that the asking node did not hold; ${held} others left out`,
  );
  const resolve = ours.map(({ end }) => end);
  const lookup = theirs.map(({ end }) => end);
  line('winpeer resolve, validated', resolve, ours);
  line('hyperdht lookup until its end', lookup, theirs);
  line(
    'hyperdht lookup until its first peer',
    theirs.map(({ first }) => first),
    theirs,
  );
  const kept = quantile(resolve) <= quantile(lookup);
  console.log(
    `to the end of the query ${(quantile(lookup) / quantile(resolve)).toFixed(2)} x${kept ? '' : ', too slow'}`,
  );
  if (!kept) process.exitCode = 1;
}

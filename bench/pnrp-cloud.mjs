// A cloud of winpeer nodes on [::1], each with a socket and a name of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createPlatform } from 'winpeer';

const CLOUD = 'Global_';
/** Nodes that enter at a time. */
const ENTERING = 16;

/** @param {number} size @returns {Promise<import('./resolve-network.mjs').Network>} */
export async function pnrpCloud(size) {
  // Making a key takes longer than all else that a node does to enter: a few users' identities sign for all.
  const homes = Array.from({ length: 3 }, () => mkdtempSync(join(tmpdir(), 'winpeer-bench-')));
  const platforms = Array.from({ length: size }, (_, index) =>
    createPlatform({ backend: 'fallback', home: homes[index % homes.length] ?? '' }),
  );
  /** @type {import('winpeer/pnrp').PnrpAddress[]} */
  const seeds = [];
  /** @type {string[]} */
  const ids = [];
  const enter = async (/** @type {number} */ index) => {
    const platform = /** @type {import('winpeer').Platform} */ (platforms[index]);
    const open = await platform.pnrp.open({ cloud: CLOUD, listen: [{ address: '::1', port: 0 }], seeds });
    await open.joined();
    const { clouds } = await platform.pnrp.register(name(index), { cloud: CLOUD, port: 5000 });
    ids[index] = clouds[0]?.pnrpId ?? '';
    if (index === 0) seeds.push(...open.addresses);
  };
  await enter(0);
  for (let index = 1; index < size; index += ENTERING) {
    await Promise.all(Array.from({ length: Math.min(ENTERING, size - index) }, (_, of) => enter(index + of)));
  }

  return {
    async find(asking, wanted) {
      const platform = /** @type {import('winpeer').Platform} */ (platforms[asking]);
      /** @type {import('winpeer/pnrp').ResolveHop[]} */
      const hops = [];
      const start = performance.now();
      const { endpoints } = await platform.pnrp.resolve(name(wanted), { cloud: CLOUD, onHop: (hop) => hops.push(hop) });
      const ms = performance.now() - start;
      return {
        found: endpoints.length === 1,
        held: hops[0]?.pnrpId === ids[wanted],
        first: ms,
        end: ms,
        messages: hops.length,
      };
    },
    async close() {
      await Promise.all(platforms.map((platform) => platform.close({ abrupt: true })));
      for (const home of homes) rmSync(home, { recursive: true, force: true });
    },
  };
}

/** @param {number} index */
function name(index) {
  return `0.bench-${index}`;
}

// Runs in Windows Node.js: plays the acts of a module's cases one after the other, each on its own stage, and writes what
// came of each. Arguments: a plan (the module, and the cases' stages), and where the outcomes go.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createPlatform } from 'winpeer';

const [plan = '', outcomes = ''] = process.argv.slice(2);
/** @type {{ cases: string, stages: string[], doubles: string[] }} */
const { cases, stages, doubles } = JSON.parse(readFileSync(plan, 'utf8'));
/** @type {{ CASES: readonly { act: (loaded: unknown) => unknown }[], begin?: (platform: import('winpeer').Platform) => Promise<unknown> }} */
const { CASES, begin = beginWithP2p } = await import(pathToFileURL(cases).href);

const require = createRequire(import.meta.url);
for (const double of doubles) require(double);
const addon = require('../../prebuilds/win32-x64/winpeer.node');
const platform = createPlatform({ backend: 'native' });
// Chosen before the first case, so that no stage sees the probes.
await begin(platform);

const played = [];
for (const [at, { act }] of CASES.entries()) {
  process.env.WINPEER_DOUBLES = stages[at] ?? '';
  const { identity, names, pnrp, winsock, distribution } = platform;
  played.push(await outcome(() => act({ addon, identity, names, pnrp, winsock, distribution })));
}
process.env.WINPEER_DOUBLES = '';
writeFileSync(outcomes, JSON.stringify(played));
await platform.close();

/** @param {import('winpeer').Platform} platform */
async function beginWithP2p({ identity, pnrp }) {
  await identity.list();
  await pnrp.clouds();
}

/** @param {() => unknown} act */
async function outcome(act) {
  try {
    return { value: await act() };
  } catch (error) {
    const { name, code, hresult, win32, operation } = /** @type {Record<string, unknown>} */ (error);
    return { error: { name, code, hresult, win32, operation } };
  }
}

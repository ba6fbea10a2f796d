// Runs in Windows Node.js: plays the acts of a module's cases one after the other, each on its own stage, and writes what
// came of each. Arguments: a plan (what to load, and the cases' stages), and where the outcomes go.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [plan = '', outcomes = ''] = process.argv.slice(2);
/** @type {{ addon: string, cases: string, stages: string[] }} */
const { addon: file, cases, stages } = JSON.parse(readFileSync(plan, 'utf8'));
const addon = createRequire(import.meta.url)(file);
/** @type {{ CASES: readonly { act: (addon: unknown) => unknown }[] }} */
const { CASES } = await import(pathToFileURL(cases).href);

const played = [];
for (const [at, { act }] of CASES.entries()) {
  process.env.WINPEER_DOUBLES = stages[at] ?? '';
  played.push(await outcome(() => act(addon)));
}
writeFileSync(outcomes, JSON.stringify(played));

/** @param {() => unknown} act */
async function outcome(act) {
  try {
    return { value: await act() };
  } catch (error) {
    const { name, code, hresult, win32, operation } = /** @type {Record<string, unknown>} */ (error);
    return { error: { name, code, hresult, win32, operation } };
  }
}

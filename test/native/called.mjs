// Runs in Windows Node.js.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Until the double has been called so often in all. @param {Readonly<Record<string, number>>} counts */
export async function called(counts) {
  const log = join(process.env.WINPEER_DOUBLES ?? '', 'log.jsonl');
  const seen = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  const enough = () =>
    Object.entries(counts).every(([name, count]) => seen().split(`"function":"${name}"`).length > count);
  while (!enough()) await delay(10);
}

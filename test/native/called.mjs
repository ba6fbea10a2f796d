// Runs in Windows Node.js.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Until so many calls have begun in the double, in all. @param {Readonly<Record<string, number>>} counts */
export async function called(counts) {
  await logged(counts, (lines) => lines.filter((line) => 'call' in line));
}

/** Until so many have been answered: what they close is closed then. @param {Readonly<Record<string, number>>} counts */
export async function answered(counts) {
  await logged(counts, (lines) => {
    const numbers = new Set(lines.map((line) => line.answer));
    return lines.filter((line) => numbers.has(line.call));
  });
}

/**
 * @typedef {{ readonly call?: number, readonly function?: string, readonly answer?: number }} Line
 * @param {Readonly<Record<string, number>>} counts
 * @param {(lines: readonly Line[]) => readonly Line[]} which
 */
async function logged(counts, which) {
  const log = join(process.env.WINPEER_DOUBLES ?? '', 'log.jsonl');
  /** What follows the last end of a line is still to be written. */
  const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []);
  const enough = () => {
    const names = which(lines().map((line) => JSON.parse(line))).map((line) => line.function);
    return Object.entries(counts).every(([name, count]) => names.filter((it) => it === name).length >= count);
  };
  while (!enough()) await delay(10);
}

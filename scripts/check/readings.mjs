// A decision that no published page settles is marked where it is taken, listed in fallback/wire/readings.ts, and each
// of its candidates is proven by a test.
/** @typedef {import('./source.mjs').Fault} Fault */
/** @typedef {Readonly<Record<string, { readonly candidates: readonly string[] }>>} Readings */

const LIST = 'fallback/wire/readings.ts';

/**
 * @param {readonly import('./source.mjs').Source[]} code
 * @param {Readings} readings
 * @param {readonly string[]} titles Of all tests, as they run.
 * @returns {Fault[]}
 */
export function readingFaults(code, readings, titles) {
  const marks = code.flatMap((source) =>
    source.comments
      .filter(({ value }) => value.includes('UNCONFIRMED'))
      .map(({ start, value }) => ({ source, start, id: /UNCONFIRMED: ([a-z0-9.-]+)/.exec(value)?.[1] })),
  );
  const unknown = marks
    .filter(({ id }) => id === undefined || !Object.hasOwn(readings, id))
    .map(({ source, start, id }) =>
      source.fault(start, id ? `no reading is called ${id}` : 'UNCONFIRMED names no reading'),
    );
  const proven = new Set(titles.flatMap((title) => title.match(/reading [a-z0-9.-]+ = [a-z0-9.-]+/g) ?? []));
  const unproven = Object.entries(readings).flatMap(([id, { candidates }]) => [
    ...(marks.some((mark) => mark.id === id) ? [] : [`${id}: no code takes it (\`UNCONFIRMED: ${id}\`)`]),
    ...candidates
      .filter((candidate) => !proven.has(`reading ${id} = ${candidate}`))
      .map((candidate) => `${id}: no test's title contains "reading ${id} = ${candidate}"`),
  ]);
  return [...unknown, ...unproven.map((message) => ({ path: LIST, line: 1, message }))];
}

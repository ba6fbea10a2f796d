// A LOOKUP of [MS-PNRP] 2.2.2.8 to bytes and back, all checks on, beside two general codecs with the same fields and
// the same content. Each takes and gives what a program that uses it has: identifiers and addresses are hexadecimal
// text in winpeer and bytes in the others. Budget: in each line at least as fast as the static code of protobufjs.
import { deepEqual } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { message } from '../dist/fallback/pnrp/messages.js';
import { decode, encode } from '../dist/fallback/wire/codec.js';
import { compactEncoding, protobufjs } from './lookup-rivals.mjs';
import { version } from './rivals.mjs';
import { inTurns, quantile } from './turns.mjs';

const SAMPLES = 64;
const TURNS = { rounds: 15, ms: 30 };

/** @typedef {import('./lookup-rivals.mjs').Lookup} Lookup */
/** @typedef {import('./lookup-rivals.mjs').LookupCodec} LookupCodec */

/** @param {Uint8Array} bytes */
const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** @type {LookupCodec} */
const winpeer = {
  from: ({ messageId, acceptAny, precision, criteria, reasonCode, routeEntry, ...others }) => ({
    type: 'LOOKUP',
    messageId,
    acceptAny,
    precision,
    criteria,
    reasonCode,
    targetPnrpId: hex(others.targetPnrpId),
    validatePnrpId: hex(others.validatePnrpId),
    routeEntry: routeEntry
      ? { pnrpId: hex(routeEntry.pnrpId), port: routeEntry.port, addresses: routeEntry.addresses.map(hex) }
      : undefined,
    flaggedPath: others.flaggedPath.map(({ address, port }) => ({ address: hex(address), port })),
  }),
  encode: (value) => encode(message, value),
  decode: (bytes) => decode(message, bytes),
};

/** @type {Readonly<Record<string, LookupCodec>>} */
const CODECS = { winpeer, protobufjs: await protobufjs(), 'compact-encoding': compactEncoding() };

/** @param {boolean} withEntry @param {number} endpoints @returns {Lookup} */
function randomLookup(withEntry, endpoints) {
  const port = () => randomBytes(2).readUInt16BE();
  return {
    messageId: randomBytes(4).readUInt32BE(),
    acceptAny: true,
    precision: 128,
    criteria: 1,
    reasonCode: 1,
    targetPnrpId: randomBytes(32),
    validatePnrpId: randomBytes(32),
    routeEntry: withEntry ? { pnrpId: randomBytes(32), port: port(), addresses: [randomBytes(16)] } : null,
    flaggedPath: Array.from({ length: endpoints }, () => ({ address: randomBytes(16), port: port() })),
  };
}

/** Prints millions a second of each codec; whether ours kept up. @param {string} what @param {'encode' | 'decode'} operation @param {Lookup[]} lookups */
function compare(what, operation, lookups) {
  const calls = Object.entries(CODECS).map(([name, codec]) => {
    const values = lookups.map((lookup) => codec.from(lookup));
    const datagrams = values.map((value) => Buffer.from(codec.encode(value)));
    deepEqual(
      datagrams.map((bytes) => codec.decode(bytes)),
      values,
    );
    const inputs = operation === 'encode' ? values : datagrams;
    const call = codec[operation];
    return [name, (/** @type {number} */ index) => call(inputs[index % SAMPLES])];
  });
  const figures = inTurns(Object.fromEntries(calls), TURNS);
  const rates = Object.values(figures).map((rounds) => (1e3 / quantile(rounds)).toFixed(2).padStart(18));
  // A round's own ratio: what slows the machine slows both.
  const ratio = quantile((figures.winpeer ?? []).map((ours, round) => (figures.protobufjs?.[round] ?? 0) / ours));
  const kept = ratio >= 1;
  console.log(
    `${what.padEnd(38)}${operation}${rates.join('')}${`${ratio.toFixed(2)} x`.padStart(16)}${kept ? '' : '  MISSED'}`,
  );
  return kept;
}

console.log(
  `Node.js ${process.version}, ${process.platform} ${process.arch}; millions a second, median of ${TURNS.rounds} rounds in turn`,
);
console.log(
  `LOOKUP${' '.repeat(38)}${['winpeer', `protobufjs ${version('protobufjs')}`, `compact-e. ${version('compact-encoding')}`].map((name) => name.padStart(18)).join('')}   to protobufjs`,
);
let kept = true;
for (const withEntry of [false, true]) {
  for (const endpoints of [1, 6]) {
    const lookups = Array.from({ length: SAMPLES }, () => randomLookup(withEntry, endpoints));
    const what = `${withEntry ? 'with' : 'without'} route entry, ${endpoints} in the path`;
    for (const operation of /** @type {const} */ (['encode', 'decode']))
      kept = compare(what, operation, lookups) && kept;
  }
}
if (!kept) process.exitCode = 1;

// A LOOKUP of [MS-PNRP] 2.2.2.8 to bytes and back, all checks on, beside two general codecs with the same fields and
// the same content. Each takes and gives what a program that uses it has: identifiers and addresses are strings of
// their bytes in winpeer, whose maps have them for keys, and arrays of bytes in the others. Budget: in each line at
// least as fast as the static code of protobufjs.
import { deepEqual } from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { message } from '#fallback/pnrp/messages';
import { decode, encode } from '#fallback/wire/codec';
import { compactEncoding, protobufjs } from './lookup-rivals.mjs';
import { version } from './rivals.mjs';
import { inTurns, quantile } from './turns.mjs';

const SAMPLES = 64;
const TURNS = { rounds: 21, ms: 20 };

/** @typedef {import('./lookup-rivals.mjs').Lookup} Lookup */
/** @typedef {import('./lookup-rivals.mjs').LookupCodec} LookupCodec */

/** @param {Uint8Array} bytes */
const string = (bytes) => Buffer.from(bytes).toString('latin1');

/** @type {LookupCodec} */
const winpeer = {
  from: ({ messageId, acceptAny, precision, criteria, reasonCode, routeEntry, ...others }) => ({
    type: 'LOOKUP',
    messageId,
    acceptAny,
    precision,
    criteria,
    reasonCode,
    targetPnrpId: string(others.targetPnrpId),
    validatePnrpId: string(others.validatePnrpId),
    routeEntry: routeEntry
      ? { pnrpId: string(routeEntry.pnrpId), port: routeEntry.port, addresses: routeEntry.addresses.map(string) }
      : undefined,
    flaggedPath: others.flaggedPath.map(({ address, port }) => ({ address: string(address), port })),
  }),
  encode: (value) => encode(message, value),
  decode: (bytes) => decode(message, bytes),
};

/** @type {Readonly<Record<string, LookupCodec>>} */
const CODECS = { winpeer, protobufjs: await protobufjs(), 'compact-encoding': compactEncoding() };

/** @param {boolean} withEntry @param {number} endpoints @returns {Lookup} */
function randomLookup(withEntry, endpoints) {
  const port = () => randomInt(1025, 0x10000); // proto3 leaves out what is 0
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

const OPERATIONS = /** @type {const} */ (['encode', 'decode']);
const CASES = [false, true].flatMap((withEntry) => [1, 6].map((endpoints) => ({ withEntry, endpoints })));

// All at once: no codec gets to be compiled for a message of one shape, as none is in a node.
const races = CASES.flatMap(({ withEntry, endpoints }) => {
  const lookups = Array.from({ length: SAMPLES }, () => randomLookup(withEntry, endpoints));
  const inputs = Object.values(CODECS).map((codec) => {
    const values = lookups.map((lookup) => codec.from(lookup));
    const datagrams = values.map((value) => Buffer.from(codec.encode(value)));
    for (const [index, bytes] of datagrams.entries()) deepEqual(codec.decode(bytes), values[index]);
    return { codec, encode: values, decode: datagrams };
  });
  return OPERATIONS.map((operation) => ({
    what: `${withEntry ? 'with' : 'without'} route entry, ${endpoints} in the path`,
    operation,
    calls: inputs.map((input) => {
      const call = input.codec[operation];
      const given = input[operation];
      return (/** @type {number} */ index) => call(given[index % SAMPLES]);
    }),
  }));
});
const figures = inTurns(
  races.flatMap(({ calls }) => calls),
  TURNS,
);

console.log(`${TURNS.rounds} rounds in turn, Node.js ${process.version}, ${process.platform} ${process.arch}`);
console.log(`protobufjs ${version('protobufjs')}, compact-encoding ${version('compact-encoding')}`);
console.log(`${'LOOKUPs, millions a second'.padEnd(44)}${names().join('')}  to protobufjs`);
/** @type {Record<string, { ours: number[], protobuf: number[] }>} */
const sums = {};
for (const { what, operation } of races) {
  const [ours = [], protobuf = [], compact = []] = figures.splice(0, 3);
  const rates = [ours, protobuf, compact].map((rounds) => (1e3 / quantile(rounds)).toFixed(2).padStart(18));
  const ratio = ratioOf(ours, protobuf);
  const kept = ratio >= 1;
  console.log(`${what.padEnd(38)}${operation}${rates.join('')}  ${ratio.toFixed(2)} x${kept ? '' : ', too slow'}`);
  if (!kept) process.exitCode = 1;
  const sum = sums[operation];
  sums[operation] = { ours: added(sum?.ours, ours), protobuf: added(sum?.protobuf, protobuf) };
}
for (const [operation, { ours, protobuf }] of Object.entries(sums)) {
  const ratio = ratioOf(ours, protobuf).toFixed(2);
  console.log(`${'one of each'.padEnd(38)}${operation}${' '.repeat(54)}  ${ratio} x`);
}

/** Of a round's own figures: what slows the machine slows both. @param {number[]} ours @param {number[]} theirs */
function ratioOf(ours, theirs) {
  return quantile(ours.map((figure, round) => (theirs[round] ?? Number.NaN) / figure));
}

/** @param {number[] | undefined} sum @param {number[]} figures */
function added(sum, figures) {
  return figures.map((figure, round) => figure + (sum?.[round] ?? 0));
}

function names() {
  return Object.keys(CODECS).map((name) => name.padStart(18));
}

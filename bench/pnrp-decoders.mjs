// What reads PNRP's messages and their structures: each decoder with its seeds, and the modules to be gone through.
import { throws } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { authorityBufferCodec, matchingClassifier, splitAuthority } from '#fallback/pnrp/authority-buffer';
import { cpaCodec, sameAuthority } from '#fallback/pnrp/cpa';
import { extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { message } from '#fallback/pnrp/messages';
import { endpointArray, ipv6Endpoint, pnrpIdArray, routeEntry } from '#fallback/pnrp/route-entry';
import { encodeSigned, signatureCodec, signatureOrders, toBeSigned } from '#fallback/pnrp/signature';
import { decode, encode } from '#fallback/wire/codec';
import { BOTH, bytes, DEFAULTS, decoder } from './decoder.mjs';

const vectors = JSON.parse(readFileSync(new URL('../test/vectors/pnrp.json', import.meta.url), 'utf8'));
const UTF_8 = /** @type {const} */ ('utf-8');

/** @type {Uint8Array[]} */
const MESSAGES = ['B-5', 'B-6', 'B-7', 'B-8', 'B-9', 'B-10', 'B-11', 'B-12', 'B-13', 'B-14', 'B-15'].flatMap((id) =>
  Object.values(vectors[id]).map((hex) => bytes(String(hex))),
);
/** @type {import('#fallback/pnrp/messages').PnrpMessage[]} */
const VALUES = MESSAGES.map((it) => decode(message, it));
const [flood] = VALUES.filter((it) => it.type === 'FLOOD');
if (flood?.type !== 'FLOOD') throw new Error('the vectors have no FLOOD');
const revoking = { ...flood, routeEntry: undefined, revokeCpa: bytes(vectors['B-19'].cpa) };
MESSAGES.push(encode(message, revoking), bytes(vectors['B-17'].prefix + vectors['B-17'].buffer));
const TYPES = [...new Set(VALUES.map((it) => it.type))];

const CPAS = ['B-16', 'B-18', 'B-19'].map((id) => bytes(vectors[id].cpa));
const secure = decode(cpaCodec(DEFAULTS), bytes(vectors['B-18'].cpa));
const FULL = encode(cpaCodec(DEFAULTS), {
  ...secure,
  hasExtendedPayload: true,
  friendlyName: { text: 'größer', encoding: UTF_8 },
  serviceAddresses: Array.from({ length: 4 }, () => ({ address: '\xaa'.repeat(16), port: 3540 })),
});
const STRING = bytes(vectors['B-20'].string);
const payload = decode(extendedPayloadCodec(DEFAULTS), STRING);
/** One too short and one too long among them. */
const CONTENTS = [...[0, 5, 4097].map((length) => new Uint8Array(length)), { text: 'größer', encoding: UTF_8 }];
const PAYLOADS = [STRING, ...CONTENTS.map((it) => encode(extendedPayloadCodec(DEFAULTS), { ...payload, payload: it }))];
const BUFFER = bytes(vectors['B-17'].buffer);
const FULL_BUFFER = encode(authorityBufferCodec(DEFAULTS), {
  ...decode(authorityBufferCodec(DEFAULTS), BUFFER),
  leafSet: true,
  busy: true,
  notFound: true,
  certChain: new Uint8Array(1501).fill(0x30),
  extendedPayload: STRING.subarray(0, 223),
});
const BUFFERS = [BUFFER, FULL_BUFFER, ...['B-13', 'B-15'].map((id) => bytes(vectors[id].padded.slice(56)))];

/** @type {import('./hostile-mutations.bench.mjs').Decoder[]} */
const DECODERS = [
  decoder('message of any type', [message], MESSAGES),
  ...TYPES.map((type) =>
    decoder(
      type,
      [message],
      MESSAGES.filter((it) => decode(message, it).type === type),
    ),
  ),
  decoder('AUTHORITY_BUFFER', BOTH.map(authorityBufferCodec), BUFFERS, ({ classifier }, input) => {
    splitAuthority(input, 1, 2);
    if (classifier !== undefined) matchingClassifier(classifier, (text) => text.charCodeAt(0) < 0x80);
  }),
  decoder('Encoded CPA', BOTH.map(cpaCodec), [...CPAS, FULL], ({ binaryAuthority, signature }, input) => {
    if (binaryAuthority !== undefined) sameAuthority(binaryAuthority, vectors.inputs.authority);
    signatureOrders(signature);
    toBeSigned(input);
  }),
  decoder('EXTENDED_PAYLOAD', BOTH.map(extendedPayloadCodec), PAYLOADS),
  decoder('SIGNATURE', BOTH.map(signatureCodec), [STRING.subarray(-136)]),
  decoder('ROUTE_ENTRY', [routeEntry], [bytes(vectors['B-4'].routeEntry)]),
  decoder('IPV6_ENDPOINT', [ipv6Endpoint], [bytes(`0dd4${'a'.repeat(32)}`)]),
  decoder(
    'IPV6_ENDPOINT_ARRAY',
    [endpointArray(0, 22)],
    [bytes(`009e001e0001001a009d00120dd4${'a'.repeat(32)}`), bytes('009e000c00000008009d0012')],
  ),
  decoder(
    'PNRP_ID_ARRAY',
    [pnrpIdArray],
    [bytes(`0060002c0001002800300020${'a'.repeat(64)}`), bytes('0060000c0000000800300020')],
  ),
];

// What only encoders do.
throws(() => splitAuthority(new Uint8Array(0x91e5), 1, 2), RangeError);
await encodeSigned(cpaCodec(DEFAULTS), secure, async () => secure.signature);

/** @type {import('./hostile-mutations.bench.mjs').Group} */
export const pnrp = {
  decoders: DECODERS,
  whole: [
    ...['messages', 'message-parts', 'elements', 'sync-messages', 'resolve-messages', 'route-entry'],
    ...['authority-buffer', 'cpa', 'extended-payload', 'signature', 'text'],
  ].map((name) => `pnrp/${name}.js`),
  entered: [],
};

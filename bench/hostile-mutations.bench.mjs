// What the decoders of PNRP and of content information make of a million seeded mutations each: a value or a DecodeError, nothing else, and what is a
// value can be encoded again. The mutations go through 95 % of the branches of each module of decoders; of a module that
// also issues certificates those count that are in functions which reading one enters.
//
//   node bench/hostile-mutations.bench.mjs [mutations a decoder]

import { throws } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { packCertificates, unpackCertificates } from '#fallback/certificates/certificate-bag';
import { readGroupCertificate } from '#fallback/certificates/group-certificate';
import {
  contentInformationCodec,
  describe,
  describeRange,
  encodeContentInformation,
  segmentInformation,
} from '#fallback/distribution/content-information/index';
import { offerMessage, offerResponse } from '#fallback/distribution/hosted-cache/messages';
import { authorityBufferCodec, matchingClassifier, splitAuthority } from '#fallback/pnrp/authority-buffer';
import { cpaCodec, sameAuthority } from '#fallback/pnrp/cpa';
import { extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { message } from '#fallback/pnrp/messages';
import { endpointArray, ipv6Endpoint, pnrpIdArray, routeEntry } from '#fallback/pnrp/route-entry';
import { encodeSigned, signatureCodec, signatureOrders, toBeSigned } from '#fallback/pnrp/signature';
import { decode, encode } from '#fallback/wire/codec';
import { READINGS, Readings } from '#fallback/wire/readings';
import { mutate } from '../test/wire/mutations.mjs';
import { branchesOf } from './coverage.mjs'; // first: it sees the others being loaded
import { discoveryMessages, offers, readDiscovery, responses, tags } from './hostile-offers.mjs';
import { blobs, messages, readBlob, readMessage, readResponse, responses as retrieved } from './hostile-retrieval.mjs';

const COUNT = Number(process.argv[2] ?? 1_000_000);
/** The ASN.1 library takes up to a millisecond for each: what it does in a minute or two. */
const BAG_SHARE = 0.2;
const CERTIFICATE_SHARE = 0.1;
/** So does the XML library. */
const XML_SHARE = 0.1;
const SHARE_OF_BRANCHES = 0.95;
const SEED = 52;

const DECODING = [
  ...[
    ...[
      'messages',
      'message-parts',
      'elements',
      'sync-messages',
      'resolve-messages',
      'route-entry',
      'authority-buffer',
    ],
    ...['cpa', 'extended-payload', 'signature', 'text'],
  ].map((name) => `pnrp/${name}.js`),
  ...['version-1', 'version-2'].map((name) => `distribution/content-information/${name}.js`),
  ...['scopes', 'answers'].map((name) => `distribution/discovery/${name}.js`),
  'distribution/hosted-cache/messages.js',
  ...['messages', 'requests', 'responses', 'fields', 'header', 'extensible-blob'].map(
    (name) => `distribution/retrieval/${name}.js`,
  ),
  ...['messages', 'xml-element'].map((name) => `ws-discovery/${name}.js`),
];
const ISSUING_TOO = [
  ...['asn1', 'certificate', 'certificate-bag', 'extensions', 'general-names'],
  ...['group-certificate', 'group-extensions', 'roles'],
].map((name) => `certificates/${name}.js`);

// A stack is most of what an error costs, and nobody reads these.
Error.stackTraceLimit = 0;

/** @param {string} name */
const json = (name) => JSON.parse(readFileSync(new URL(`../test/vectors/${name}.json`, import.meta.url), 'utf8'));
const vectors = json('pnrp');
/** @param {string} hex */
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

const UTF_8 = /** @type {const} */ ('utf-8');

const DEFAULTS = new Readings();
/** With the last candidate of each. */
const OTHERS = new Readings(
  Object.fromEntries(Object.entries(READINGS).map(([id, { candidates }]) => [id, String(candidates.at(-1))])),
);
const BOTH = [DEFAULTS, OTHERS];

/**
 * @typedef {object} Decoder
 * @property {string} name
 * @property {readonly Uint8Array[]} seeds
 * @property {(bytes: Uint8Array) => unknown} decode
 * @property {number} [share] Of the mutations that others get.
 * @property {(bytes: Uint8Array) => readonly number[]} [boundaries] Where its elements begin.
 */

/**
 * @template T
 * @param {string} name
 * @param {readonly import('#fallback/wire/codec').Codec<T>[]} codecs One for each choice of readings: they take turns.
 * @param {readonly Uint8Array[]} seeds
 * @param {(value: T, bytes: Uint8Array) => void} [more]
 * @returns {Decoder}
 */
function decoder(name, codecs, seeds, more = () => undefined) {
  let turn = 0;
  return {
    name,
    seeds,
    decode(input) {
      const codec = /** @type {typeof codecs[number]} */ (codecs[turn++ % codecs.length]);
      const value = decode(codec, input);
      encode(codec, value);
      more(value, input);
    },
  };
}

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

const grouping = json('grouping');
const { root, member } = grouping.group;
const CERTIFICATES = [root, grouping.creator.membership, member, grouping.member.certificate].map(bytes);
/** A bag leaves what it holds unread, so short elements will do for certificates: three, and one more than there may be. */
const BAGS = [3, 26].map((count) => packCertificates(Array.from({ length: count }, () => bytes('30070603551d070500'))));

/** @type {Decoder[]} */
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

DECODERS.push(
  {
    name: 'certificate bag',
    seeds: [...BAGS, bytes(grouping.group.chain)],
    share: BAG_SHARE,
    decode: unpackCertificates,
  },
  {
    name: 'certificate',
    seeds: CERTIFICATES,
    share: CERTIFICATE_SHARE,
    decode: readGroupCertificate,
  },
);

const tiny = json('content-information').tiny;
/** Version 1 of two segments, of a range of one, and version 2 of three. */
const hash32 = new Uint8Array(32);
const segments1 = [33_554_432, 100_000].map((length, i) => {
  const blockHashes = new Uint8Array(32 * Math.ceil(length / 65_536));
  return { offset: BigInt(i * 33_554_432), length, hashOfData: hash32, blockHashes };
});
const whole1 = describe({ algorithm: 'sha256', length: 33_654_432n, segments: segments1 }, 'secret', DEFAULTS);
const segments2 = [0, 1, 2].map((i) => ({ offset: BigInt(i * 40_000), length: 40_000, hashOfData: hash32 }));
const whole2 = describe({ algorithm: 'sha512-256', length: 120_000n, segments: segments2 }, 'secret', DEFAULTS);
const INFORMATION = [
  bytes(tiny.version1.contentInformation),
  bytes(tiny.version2.contentInformation),
  encodeContentInformation(describeRange(whole1, { offset: 33_554_000n, length: 70_000n }, OTHERS)),
  encodeContentInformation(describeRange(whole1, { offset: 33_624_432n, length: 30_000n }, DEFAULTS)),
  ...BOTH.map((readings) => encodeContentInformation(whole2, readings)),
  encodeContentInformation(describeRange(whole2, { offset: 50_000n, length: 60_000n }, DEFAULTS)),
];
const offered = decode(contentInformationCodec(DEFAULTS), bytes(tiny.version1.contentInformation));
if (offered.version !== 1 || offered.segments[0] === undefined) throw new Error('the vector is of version 1');
const OFFERED = encode(segmentInformation(DEFAULTS), {
  algorithm: offered.algorithm,
  rangeOffset: 5,
  segment: offered.segments[0],
});
DECODERS.push(
  decoder('content information', BOTH.map(contentInformationCodec), INFORMATION),
  decoder('one segment of it', BOTH.map(segmentInformation), [OFFERED, bytes(tiny.version1.contentInformation)]),
);

DECODERS.push(
  decoder('offer', [offerMessage(DEFAULTS)], offers(DEFAULTS)),
  decoder('offer, other order', [offerMessage(OTHERS)], offers(OTHERS)),
  decoder('answer to an offer', [offerResponse(DEFAULTS)], responses(DEFAULTS)),
  ...BOTH.map((readings) => ({
    name: 'Probe, ProbeMatches',
    seeds: discoveryMessages(readings),
    share: XML_SHARE,
    boundaries: tags,
    decode: (/** @type {Uint8Array} */ input) => readDiscovery(input, readings),
  })),
);

DECODERS.push(
  { name: 'retrieval message', seeds: messages, decode: readMessage },
  { name: 'answer of retrieval', seeds: retrieved, decode: readResponse },
  { name: 'extensible blob', seeds: blobs, decode: readBlob },
);

// What only encoders do.
throws(() => splitAuthority(new Uint8Array(0x91e5), 1, 2), RangeError);
await encodeSigned(cpaCodec(DEFAULTS), secure, async () => secure.signature);

console.log('decoder                  values    errors  seconds');
for (const { name, seeds, decode: read, share = 1, boundaries } of DECODERS) {
  const start = performance.now();
  const { values, errors } = mutate(SEED, seeds, COUNT * share, read, boundaries);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name.padEnd(20)} ${String(values).padStart(10)} ${String(errors).padStart(9)} ${seconds.padStart(8)}`);
}

console.log('\nmodule                                         branches  taken');
for (const { module, all, missed } of await branchesOf({ whole: DECODING, entered: ISSUING_TOO })) {
  const share = 1 - missed.length / all;
  console.log(
    `${module.padEnd(46)} ${String(all).padStart(4)} ${(100 * share).toFixed(1).padStart(5)} %  ${missed.join(' ')}`,
  );
  if (!(share >= SHARE_OF_BRANCHES)) process.exitCode = 1;
}

// What reads peer distribution's structures and messages: each decoder with its seeds, and the modules to be gone through.
import { readFileSync } from 'node:fs';
import {
  contentInformationCodec,
  describe,
  describeRange,
  encodeContentInformation,
  segmentInformation,
} from '#fallback/distribution/content-information/index';
import { offerMessage, offerResponse } from '#fallback/distribution/hosted-cache/messages';
import { decodeAges, extensibleBlob } from '#fallback/distribution/retrieval/extensible-blob';
import { retrievalMessage } from '#fallback/distribution/retrieval/messages';
import { decode, encode } from '#fallback/wire/codec';
import { BOTH, bytes, DEFAULTS, decoder, OTHERS } from './decoder.mjs';
import { discoveryMessages, offers, readDiscovery, responses, tags } from './hostile-offers.mjs';

/** @param {string} name */
const json = (name) => JSON.parse(readFileSync(new URL(`../test/vectors/${name}.json`, import.meta.url), 'utf8'));

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

/** A response has its size before it. */
const RETRIEVAL = Object.values(json('retrieval').messages).map((hex) => {
  const message = bytes(String(hex));
  return message.length === 4 + Buffer.from(message).readUInt32BE(0) ? message.subarray(4) : message;
});
const BLOBS = ['0001030100f40100', '00010302000000000102f401', '0002', '000103'].map(bytes);

/** @type {import('./hostile-mutations.bench.mjs').Group} */
export const distribution = {
  decoders: [
    decoder('content information', BOTH.map(contentInformationCodec), INFORMATION),
    decoder('one segment of it', BOTH.map(segmentInformation), [OFFERED, bytes(tiny.version1.contentInformation)]),
    decoder('retrieval', [retrievalMessage], RETRIEVAL),
    decoder('extensible blob', [extensibleBlob], BLOBS, (_, input) => void decodeAges(input)),
    decoder('offer', [offerMessage(DEFAULTS)], offers(DEFAULTS)),
    decoder('offer, other order', [offerMessage(OTHERS)], offers(OTHERS)),
    decoder('answer to an offer', [offerResponse(DEFAULTS)], responses(DEFAULTS)),
  ],
  whole: [
    ...['version-1', 'version-2'].map((name) => `content-information/${name}.js`),
    'hosted-cache/messages.js',
  ].map((path) => `distribution/${path}`),
  entered: ['messages', 'header', 'extensible-blob'].map((name) => `distribution/retrieval/${name}.js`),
};

/** The XML library takes most of the time. @type {import('./hostile-mutations.bench.mjs').Group} */
export const discovery = {
  decoders: BOTH.map((readings) => ({
    name: 'Probe, ProbeMatches',
    seeds: discoveryMessages(readings),
    boundaries: tags,
    decode: (/** @type {Uint8Array} */ input) => readDiscovery(input, readings),
  })),
  whole: [
    ...['scopes', 'answers'].map((name) => `distribution/discovery/${name}.js`),
    ...['messages', 'xml-element'].map((name) => `ws-discovery/${name}.js`),
  ],
  entered: [],
};

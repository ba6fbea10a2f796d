// What distribution-decoders.mjs knows of [MS-PCCRR]: its messages, and what is made of them.
import { throws } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { decodeAges, encodeAges, extensibleBlob } from '#fallback/distribution/retrieval/extensible-blob';
import { messageHeader } from '#fallback/distribution/retrieval/header';
import {
  decodeResponse,
  encodeRequest,
  encodeResponse,
  headedAs,
  isRequest,
  retrievalMessage,
} from '#fallback/distribution/retrieval/messages';
import { decode, encode } from '#fallback/wire/codec';

/** @type {{ readonly messages: Readonly<Record<string, string>> }} */
const vectors = JSON.parse(readFileSync(new URL('../test/vectors/retrieval.json', import.meta.url), 'utf8'));
const WIRE = Object.entries(vectors.messages).map(([name, hex]) => ({
  response: !/^(NEGO_REQ|GET)/.test(name),
  bytes: new Uint8Array(Buffer.from(hex, 'hex')),
}));

/** MESSAGE_HEADER, which a server reads by itself first. */
const HEADER = 16;
/** Before each response. */
const SIZE = 4;

export const responses = WIRE.filter(({ response }) => response).map(({ bytes }) => bytes);
/** @type {Uint8Array[]} */
export const messages = WIRE.map(({ response, bytes }) => (response ? bytes.subarray(SIZE) : bytes));

const many = Array.from({ length: 40 }, (_, index) => ({ index: 3 * index, count: 2 }));
messages.push(
  encodeRequest({ type: 'MSG_GETBLKLIST', ...headedAs('MSG_GETBLKLIST', 1), segmentId: 'ab'.repeat(48), ranges: many }),
  encode(retrievalMessage, {
    type: 'MSG_GETSEGLIST',
    ...headedAs('MSG_GETSEGLIST', 1),
    requestId: 'ab'.repeat(16),
    segmentIds: ['cd'.repeat(32), 'ef'.repeat(64)],
    blob: encodeAges([{ index: 0, created: 0n }], 10n ** 9n),
  }),
);

export const blobs = [
  new Uint8Array(Buffer.from('0001030100f40100', 'hex')),
  encodeAges(
    Array.from({ length: 300 }, (_, index) => ({ index, created: BigInt(index) * 10n ** 10n })),
    10n ** 13n,
  ),
  encodeAges([], 0n),
];

// Only a DecodeError stands for a bad blob.
throws(() => decodeAges(/** @type {never} */ (undefined)), TypeError);

/** @param {Uint8Array} bytes */
export function readMessage(bytes) {
  encode(messageHeader, decode(messageHeader, bytes.subarray(0, HEADER)));
  const message = decode(retrievalMessage, bytes);
  isRequest(message);
  encode(retrievalMessage, message);
}

/** @param {Uint8Array} bytes */
export function readResponse(bytes) {
  encodeResponse(decodeResponse(bytes));
}

/** @param {Uint8Array} bytes */
export function readBlob(bytes) {
  decodeAges(bytes);
  encode(extensibleBlob, decode(extensibleBlob, bytes));
}

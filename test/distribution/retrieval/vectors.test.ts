import { describe, expect, test } from 'vitest';
import { openBlock, sealBlock } from '#fallback/distribution/retrieval/block-cipher';
import { decodeAges, encodeAges } from '#fallback/distribution/retrieval/extensible-blob';
import {
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type RetrievalRequest,
  type RetrievalResponse,
  retrievalMessage,
} from '#fallback/distribution/retrieval/messages';
import { decode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import { plain } from '../../wire/codec-law.ts';
import { bytes, CONTENT, hex, IV, isResponse, messageOf, NAMES, SECRET_1, VALUES, vectors } from './samples.ts';

describe('vectors of retrieval', () => {
  test.each(NAMES)('%s', (name) => {
    const value = VALUES[name];
    const wire = isResponse(name)
      ? Buffer.concat(encodeResponse(value as RetrievalResponse))
      : encodeRequest(value as RetrievalRequest);
    expect(hex(wire)).toBe(vectors.messages[name]);
    expect(plain(decode(retrievalMessage, messageOf(name)))).toEqual(plain(value));
    if (isResponse(name)) expect(plain(decodeResponse(wire))).toEqual(plain(value));
  });

  test('a block goes out as it is, not as a copy', () => {
    const parts = encodeResponse(VALUES['BLK AES-128']);
    expect(parts[1]).toBe(VALUES['BLK AES-128'].block);
  });

  test.each([
    ['BLK AES-128', vectors.secret1],
    ['BLK v2 AES-128', vectors.secret2],
  ] as const)('%s is the content under its secret', (name, secret) => {
    const { block, iv } = VALUES[name];
    const sealed = sealBlock(CONTENT, bytes(secret), 'aes-128', IV, new Readings());
    expect(hex(sealed.bytes)).toBe(hex(block));
    expect(hex(openBlock({ cipher: 'aes-128', iv, bytes: block }, bytes(secret), CONTENT.length) ?? IV)).toBe(
      vectors.content,
    );
  });

  test('the blob of a segment that came 5 seconds ago', () => {
    const blob = encodeAges([{ index: 0, created: 100_000_000n }], 150_000_000n);
    expect(hex(blob)).toBe(hex(VALUES['SEGLIST [0,1]'].blob));
    expect(decodeAges(blob)).toEqual([{ index: 0, ms: 5000 }]);
  });

  test('SECRET_1 is 32 bytes, of which AES-128 takes 16', () => {
    const longer = Buffer.concat([SECRET_1.subarray(0, 16), new Uint8Array(16)]);
    expect(hex(sealBlock(CONTENT, longer, 'aes-128', IV, new Readings()).bytes)).toBe(hex(VALUES['BLK AES-128'].block));
  });
});

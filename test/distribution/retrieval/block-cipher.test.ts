import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openBlock, sealBlock } from '#fallback/distribution/retrieval/block-cipher';
import { Readings } from '#fallback/wire/readings';
import type { CachedBlock } from '#lib/backend/contract/cache-store';
import { hex, IV } from './samples.ts';

const SECRET = createHash('sha512').update('secret').digest();
const CIPHERS = ['aes-128', 'aes-192', 'aes-256'] as const;
const PADDINGS = ['pkcs7', 'zeros'] as const;
const LENGTHS = [1, 15, 16, 17, 65_535, 65_536, 131_072];

const text = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
const padding = (candidate: (typeof PADDINGS)[number]) => new Readings({ 'distribution.block-padding': candidate });

describe('block cipher', () => {
  test.each(CIPHERS.flatMap((cipher) => PADDINGS.map((it) => [cipher, it] as const)))(
    'what %s seals with %s opens',
    (cipher, candidate) => {
      for (const length of LENGTHS) {
        const sealed = sealBlock(text(length), SECRET, cipher, IV, padding(candidate));
        expect([sealed.cipher, hex(sealed.iv)]).toEqual([cipher, hex(IV)]);
        expect(Buffer.from(openBlock(sealed, SECRET, length) ?? []).equals(text(length))).toBe(true);
      }
    },
  );

  test('15: reading distribution.block-padding = pkcs7', () => {
    const lengths = LENGTHS.map((it) => sealBlock(text(it), SECRET, 'aes-128', IV, padding('pkcs7')).bytes.length);
    expect(lengths).toEqual([16, 16, 32, 32, 65_536, 65_552, 131_088]);
  });

  test('15: reading distribution.block-padding = zeros', () => {
    const lengths = LENGTHS.map((it) => sealBlock(text(it), SECRET, 'aes-128', IV, padding('zeros')).bytes.length);
    expect(lengths).toEqual([16, 16, 16, 32, 65_536, 65_536, 131_072]);
  });

  test('each cipher has a key of its own length', () => {
    const sealed = CIPHERS.map((cipher) => hex(sealBlock(text(100), SECRET, cipher, IV, new Readings()).bytes));
    expect(new Set(sealed).size).toBe(3);
  });

  test('what can’t be the block is none, and what is wrong is only that', () => {
    const sealed = sealBlock(text(100), SECRET, 'aes-128', IV, new Readings());
    const opened = (change: Partial<CachedBlock>, length = 100) => openBlock({ ...sealed, ...change }, SECRET, length);
    expect(opened({ bytes: sealed.bytes.subarray(0, 111) })).toBeUndefined();
    expect(opened({ iv: IV.subarray(0, 15) })).toBeUndefined();
    expect(opened({ iv: new Uint8Array() })).toBeUndefined();
    expect(opened({}, 113)).toBeUndefined();
    expect(opened({ bytes: new Uint8Array() })).toBeUndefined();
    expect(opened({ bytes: new Uint8Array(112) })?.length).toBe(100);
    expect(hex(openBlock(sealed, new Uint8Array(32), 100) ?? ([] as never))).not.toBe(hex(text(100)));
  });

  test('a plain block is cut to its length', () => {
    const block = { cipher: 'none', iv: new Uint8Array(), bytes: text(20) } as const;
    expect(hex(openBlock(block, SECRET, 10) ?? new Uint8Array())).toBe(hex(text(10)));
    expect(openBlock(block, SECRET, 21)).toBeUndefined();
  });
});

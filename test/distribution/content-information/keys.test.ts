import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  exportSecretKey,
  importSecretKey,
  secretKey,
  segmentHash,
  segmentId,
  serverSecret,
} from '#fallback/distribution/content-information/index';
import { Readings } from '#fallback/wire/readings';
import { isPeerError } from '#lib/errors';
import { bytes, hex, READINGS, SECRET_KEY, vectors } from './samples.ts';

const CONTENT = Buffer.from(vectors.tiny.content);

describe('the hashes of a segment', () => {
  test.each([
    ['sha256', segmentHash('sha256', segmentHash('sha256', CONTENT)), vectors.tiny.version1],
    ['sha512-256', segmentHash('sha512-256', CONTENT), vectors.tiny.version2],
  ] as const)('%s: Ks, HoD and HoHoDk of the vectors', (algorithm, hashOfData, vector) => {
    expect(hex(hashOfData)).toBe(vector.hashOfData);
    expect(hex(serverSecret(algorithm, SECRET_KEY, READINGS))).toBe(vector.serverSecret);
    expect(hex(segmentId({ algorithm }, { hashOfData, secret: bytes(vector.secret) }))).toBe(vector.id);
  });

  test.each([
    ['own-hash', 'sha384', 'sha512'],
    ['sha256', 'sha256', 'sha256'],
  ])('reading distribution.server-secret = %s', (candidate, of384, of512) => {
    const readings = new Readings({ 'distribution.server-secret': candidate });
    const plain = (algorithm: string) => createHash(algorithm).update(SECRET_KEY).digest('hex');
    expect(hex(serverSecret('sha384', SECRET_KEY, readings))).toBe(plain(of384));
    expect(hex(serverSecret('sha512', SECRET_KEY, readings))).toBe(plain(of512));
    // Those are settled.
    expect(hex(serverSecret('sha256', SECRET_KEY, readings))).toBe(vectors.tiny.version1.serverSecret);
    expect(hex(serverSecret('sha512-256', SECRET_KEY, readings))).toBe(vectors.tiny.version2.serverSecret);
  });

  test.each(['sha384', 'sha512'] as const)('HoHoDk of %s is as long as its hash', (algorithm) => {
    const hashOfData = segmentHash(algorithm, CONTENT);
    const secret = segmentHash(algorithm, hashOfData);
    const suffix = Buffer.from('4d0053005f005000320050005f00430041004300480049004e0047000000', 'hex');
    const expected = createHmac(algorithm, secret).update(hashOfData).update(suffix).digest('hex');
    expect(hex(segmentId({ algorithm }, { hashOfData, secret }))).toBe(expected);
  });

  test('a pass phrase is its UTF-16 units without terminator, bytes are the key itself', () => {
    expect(hex(secretKey('é€𝄞'))).toBe('e900ac2034d81edd');
    expect(secretKey(SECRET_KEY)).toBe(SECRET_KEY);
    expect(serverSecret('sha256', 'x', READINGS)).toEqual(createHash('sha256').update(Uint8Array.of(0x78, 0)).digest());
  });
});

describe('the exported key', () => {
  test.each([0, 1, 15, 16, 32, 1000])(
    'a key of %i bytes comes back, in whole blocks and without a header',
    (length) => {
      const key = Uint8Array.from({ length }, (_, i) => i);
      const file = exportSecretKey(key, 'sésame');
      expect(file.length).toBe(16 * Math.floor((32 + length) / 16 + 1));
      expect(hex(importSecretKey(file, 'sésame'))).toBe(hex(key));
    },
  );

  test('is AES-256-CBC under SHA-256 of the pass phrase, of SHA-256 of the key and the key', () => {
    const cipher = createCipheriv(
      'aes-256-cbc',
      createHash('sha256').update('ab', 'utf16le').digest(),
      Buffer.alloc(16),
    );
    const plain = Buffer.concat([createHash('sha256').update(SECRET_KEY).digest(), SECRET_KEY]);
    expect(hex(exportSecretKey(SECRET_KEY, 'ab'))).toBe(hex(Buffer.concat([cipher.update(plain), cipher.final()])));
  });

  const file = exportSecretKey(new Uint8Array(32).fill(7), 'sésame');

  test.each([
    ['another pass phrase', file, 'sesame', /the pass phrase is another one/],
    ['no pass phrase', file, '', /the pass phrase is another one/],
    ['a byte less', file.subarray(0, -1), 'sésame', /79 bytes are no exported key/],
    ['nothing', new Uint8Array(0), 'sésame', /0 bytes are no exported key/],
    ['the hash alone', file.subarray(0, 32), 'sésame', /32 bytes are no exported key/],
    ['a block less', file.subarray(0, -16), 'sésame', /or the file is damaged/],
  ])('%s is E_INVALIDARG with a sentence', (_, given, passPhrase, sentence) => {
    expect(() => importSecretKey(given, passPhrase)).toThrow(sentence);
  });

  test('each damaged byte is noticed', () => {
    for (const at of file.keys()) {
      const damaged = Uint8Array.from(file);
      damaged[at] = 0xff & ~(damaged[at] as number);
      try {
        importSecretKey(damaged, 'sésame');
        expect.unreachable(`byte ${at}`);
      } catch (error) {
        expect(isPeerError(error, 'E_INVALIDARG'), `byte ${at}`).toBe(true);
      }
    }
  });
});

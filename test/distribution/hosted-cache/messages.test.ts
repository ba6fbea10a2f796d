import { describe, expect, test } from 'vitest';
import { segmentInformation } from '#fallback/distribution/content-information/index';
import {
  type OfferedSegment,
  type OfferMessage,
  offerMessage,
  offerResponse,
  SHA_256,
} from '#fallback/distribution/hosted-cache/messages';
import { decode, encode } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';
import { Readings } from '#fallback/wire/readings';
import { proveCodecLaw } from '../../wire/codec-law.ts';
import { mutate } from '../../wire/mutations.mjs';
import { bytes, hex } from '../content-information/samples.ts';

const READINGS = new Readings();
const codec = offerMessage(READINGS);
const response = offerResponse(READINGS);

/** Of 21 bytes under the key `no more secrets`: identifiers in both versions, and content information 1.0. */
const ID_1 = 'e4b6a44146e81896dbfc55b79db51b244d69c53b26208d7085bc5bbb3115b501';
const ID_2 = '4e8eab37715087671482be7aaca39397a8a6885260b78cbfc14231f87a413ac6';
const INFORMATION =
  '00010c8000000000000000000000010000000000000000000000150000000000010036d077102bad3362daa7120bf8c46cdb88ec14d45884' +
  'f1350007e6443456d5fb62c1c29fb63ce6108529fe60d3c9d91ca85c516c3af1d74df2ca94d58c280632010000001484728b68f16d52693d46' +
  '665767c2027f91652bd117767227076cd000973b7d';
const WEB_IO = '576562494f0000000000000000000000';

const PORT = 80;
const INITIAL_OFFER: OfferMessage = { type: 'INITIAL_OFFER', port: PORT, segmentId: bytes(ID_1) };
/** dwReadBytesInLastSegment is the length of the segment here, where content information of all of it has 0. */
const SEGMENT_INFO: OfferMessage = {
  type: 'SEGMENT_INFO',
  port: PORT,
  contentTag: bytes(WEB_IO),
  contentInformation: bytes(`${INFORMATION.slice(0, 20)}15000000${INFORMATION.slice(28)}`),
};
const OFFERED: OfferedSegment = {
  blockSize: 21,
  segmentSize: 21,
  contentTag: bytes(WEB_IO),
  hashAlgorithm: 4,
  segmentId: bytes(ID_2),
};
const BATCHED_OFFER: OfferMessage = { type: 'BATCHED_OFFER', port: PORT, segments: [OFFERED] };

const SAMPLES: readonly OfferMessage[] = [
  INITIAL_OFFER,
  { ...INITIAL_OFFER, port: 65_535, segmentId: new Uint8Array(48).fill(7) },
  { ...INITIAL_OFFER, port: 0, segmentId: new Uint8Array(64).fill(8) },
  SEGMENT_INFO,
  { ...SEGMENT_INFO, contentInformation: new Uint8Array() },
  BATCHED_OFFER,
  {
    ...BATCHED_OFFER,
    segments: Array.from({ length: 128 }, (_, n) => ({ ...OFFERED, segmentSize: n, hashAlgorithm: SHA_256 })),
  },
];

describe.each([
  ['reading distribution.offer-integers = big-endian', 'big-endian', '0001', '00000001'],
  ['reading distribution.offer-integers = little-endian', 'little-endian', '0100', '01000000'],
])('%s', (_, candidate, one, size) => {
  const readings = new Readings({ 'distribution.offer-integers': candidate });

  test('messages and responses keep the codec law', () => {
    proveCodecLaw(offerMessage(readings), SAMPLES);
    proveCodecLaw(offerResponse(readings), ['OK', 'INTERESTED']);
  });

  test('integers are written so, the embedded content information is not', () => {
    const text = hex(encode(offerMessage(readings), { ...SEGMENT_INFO, port: 1 }));
    expect(text.slice(4, 8)).toBe(one === '0001' ? '0002' : '0200');
    expect(text.slice(16, 20)).toBe(one);
    expect(text.slice(64, 76)).toBe('00010c800000');
    expect(hex(encode(offerResponse(readings), 'INTERESTED'))).toBe(`${size}01`);
  });

  test('mutations give a value or a DecodeError', () => {
    mutate(
      7,
      SAMPLES.map((it) => encode(offerMessage(readings), it)),
      20_000,
      (it) => encode(offerMessage(readings), decode(offerMessage(readings), it)),
    );
  });
});

describe('messages to a hosted cache', () => {
  test.each([
    ['INITIAL_OFFER', INITIAL_OFFER, `0001 0001 00000000 0050 000000000000 ${ID_1}`],
    [
      'SEGMENT_INFO',
      SEGMENT_INFO,
      `0001 0002 00000000 0050 000000000000 ${WEB_IO} ${INFORMATION.slice(0, 20)}15000000${INFORMATION.slice(28)}`,
    ],
    [
      'BATCHED_OFFER',
      BATCHED_OFFER,
      `0002 0003 00000000 0050 000000000000 00000015 00000015 0010 ${WEB_IO} 04 ${ID_2}`,
    ],
  ])('%s is byte for byte the published one', (_, message, published) => {
    expect(hex(encode(codec, message))).toBe(published.replaceAll(' ', ''));
    expect(decode(codec, bytes(published.replaceAll(' ', '')))).toEqual(message);
  });

  test('OK and INTERESTED are the published ones', () => {
    expect([hex(encode(response, 'OK')), hex(encode(response, 'INTERESTED'))]).toEqual(['0000000100', '0000000101']);
  });

  test('have the sizes of the published trace and of the text', () => {
    expect(encode(codec, INITIAL_OFFER)).toHaveLength(48);
    const of35Blocks = 18 + 80 + 4 + 35 * 32;
    expect(encode(codec, { ...SEGMENT_INFO, contentInformation: new Uint8Array(of35Blocks) })).toHaveLength(1254);
    expect(encode(codec, SAMPLES.at(-1) as OfferMessage)).toHaveLength(16 + 128 * 59);
  });

  test('a SEGMENT_INFO carries content information of its one segment', () => {
    const { contentInformation } = SEGMENT_INFO as Extract<OfferMessage, { type: 'SEGMENT_INFO' }>;
    const { algorithm, segment } = decode(segmentInformation(READINGS), contentInformation);
    expect([algorithm, segment.length, hex(segment.secret)]).toEqual([
      'sha256',
      21,
      '62c1c29fb63ce6108529fe60d3c9d91ca85c516c3af1d74df2ca94d58c280632',
    ]);
  });

  test('padding is passed over', () => {
    const text = hex(encode(codec, INITIAL_OFFER));
    expect(decode(codec, bytes(`${text.slice(0, 8)}ffffffff0050ffffffffffff${text.slice(32)}`))).toEqual(INITIAL_OFFER);
  });

  const offer = (message: OfferMessage): string => hex(encode(codec, message));
  const batch = (count: number): string => offer({ ...BATCHED_OFFER, segments: Array(count).fill(OFFERED) });
  test.each([
    ['nothing', ''],
    ['half a header', offer(INITIAL_OFFER).slice(0, 20)],
    ['a type that is none', `00010004${offer(INITIAL_OFFER).slice(8)}`],
    ['type 0', `00010000${offer(INITIAL_OFFER).slice(8)}`],
    ['an offer of version 2 with the type of version 1', `0002${offer(INITIAL_OFFER).slice(4)}`],
    ['an offer of version 1 with the type of version 2', `0001${batch(1).slice(4)}`],
    ['an offer of version 3', `0003${offer(INITIAL_OFFER).slice(4)}`],
    ['an offer of version 1.1', `0101${offer(INITIAL_OFFER).slice(4)}`],
    ['the version the wrong way round', `0100${offer(INITIAL_OFFER).slice(4)}`],
    ['an identifier of no length', offer(INITIAL_OFFER).slice(0, 32)],
    ['an identifier that is too short', offer(INITIAL_OFFER).slice(0, -2)],
    ['an identifier that is too long', `${offer(INITIAL_OFFER)}00`],
    ['a SEGMENT_INFO that ends in its tag', offer(SEGMENT_INFO).slice(0, 60)],
    ['an offer of no segment', batch(1).slice(0, 32)],
    ['an offer of 129 segments', batch(129)],
    ['an offer of very many segments', batch(1000)],
    ['half a descriptor', batch(2).slice(0, -58)],
    ['a byte behind the descriptors', `${batch(2)}00`],
    ['a tag of 15 bytes', batch(1).replace('0010', '000f')],
    ['a tag of 17 bytes', batch(1).replace('0010', '0011')],
    ['a tag of 0 bytes', batch(1).replace('0010', '0000')],
  ])('%s is refused', (_, text) => {
    expect(() => decode(codec, bytes(text))).toThrow(DecodeError);
  });

  test.each(['', '00000001', '000000010000', '0000000002', '0000000200', '0000000102', '0100000000'])(
    'the response %j is refused',
    (text) => {
      expect(() => decode(response, bytes(text))).toThrow(DecodeError);
    },
  );
});

import { describe, expect, test } from 'vitest';
import { formatAnswer, readAnswer } from '#fallback/distribution/discovery/answers';
import { FORMS, versionOf } from '#fallback/distribution/discovery/names';
import { formatScopes, readScopes } from '#fallback/distribution/discovery/scopes';
import { decode, encode } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';
import { TICKS_PER_SECOND } from '#fallback/wire/filetime';
import { Readings } from '#fallback/wire/readings';
import type { Probe, ProbeMatches, TargetService } from '#fallback/ws-discovery/messages';
import type { XmlElement } from '#fallback/ws-discovery/xml-element';
import { COMPLETE, codec, hexOf, idOf, NOW, PARTIAL } from './link.ts';

/** Segment identifiers of published content: 21 bytes under the key `no more secrets`, versions 1 and 2. */
const ID_1 = Buffer.from('e4b6a44146e81896dbfc55b79db51b244d69c53b26208d7085bc5bbb3115b501', 'hex');
const ID_2 = Buffer.from('4e8eab37715087671482be7aaca39397a8a6885260b78cbfc14231f87a413ac6', 'hex');
const SCOPE_1 = 'E4B6A44146E81896DBFC55B79DB51B244D69C53B26208D7085BC5BBB3115B501';
const SCOPE_2 = 'ACABTo6rN3FQh2cUgr56rKOTl6imiFJgt4y/wUIx+HpBOsY=';
const READINGS = new Readings();

const probeOf = (version: 1 | 2, scopes: Probe['scopes'], id = 'urn:uuid:GUID-A'): Probe => ({
  type: 'Probe',
  messageId: id,
  types: [FORMS[version].type],
  scopes,
});
const matchOf = (
  version: 1 | 2,
  ids: readonly Uint8Array[],
  held: Parameters<typeof formatAnswer>[2],
): TargetService => ({
  address: 'urn:uuid:GUID-B',
  xAddrs: ['192.0.2.7:80'],
  ...formatAnswer(version, readScopes(version, probeOf(version, formatScopes(version, ids))), held, NOW, READINGS),
});

const ENVELOPE =
  '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" ' +
  'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" ' +
  'xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery" ' +
  'xmlns:PeerDist="http://schemas.microsoft.com/p2p/2007/09/PeerDistributionDiscovery"><soap:Header>';

describe('a Probe', () => {
  test('of version 1 is byte for byte the published form', () => {
    expect(Buffer.from(encode(codec, probeOf(1, formatScopes(1, [ID_1])))).toString()).toBe(
      `${ENVELOPE}<wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To><wsa:Action>http://schemas.xmlsoap.org/ws/` +
        '2005/04/discovery/Probe</wsa:Action><wsa:MessageID>urn:uuid:GUID-A</wsa:MessageID></soap:Header><soap:Body>' +
        '<wsd:Probe><wsd:Types>PeerDist:PeerDistData</wsd:Types><wsd:Scopes MatchBy="http://schemas.xmlsoap.org/ws/' +
        `2005/04/discovery/strcmp0">${SCOPE_1}</wsd:Scopes></wsd:Probe></soap:Body></soap:Envelope>`,
    );
  });

  test('of version 2 has the published scope', () => {
    const text = Buffer.from(encode(codec, probeOf(2, formatScopes(2, [ID_2])))).toString();
    expect(text).toContain(
      '<wsd:Types>PeerDist:PeerDistDataV2</wsd:Types><wsd:Scopes MatchBy="http://schemas.microsoft.com/p2p/2010/05/' +
        `PeerDistV2MatchingRule">${SCOPE_2}</wsd:Scopes>`,
    );
  });

  test.each([1, 2] as const)('of version %i comes through with all of its segments', (version) => {
    for (const length of [32, 48, 64]) {
      const ids = Array.from({ length: 240 }, (_, n) => idOf(n, length));
      const read = decode(codec, encode(codec, probeOf(version, formatScopes(version, ids)))) as Probe;
      expect(versionOf(read.types)).toBe(version);
      expect(readScopes(version, read).map(({ id }) => id)).toEqual(ids.map(hexOf));
    }
  });

  test('in a form that others write is read: lower case, several lines, no rule', () => {
    const asked = readScopes(1, probeOf(1, { text: `${SCOPE_1.toLowerCase()}\n  ${SCOPE_1}` }));
    expect(asked).toEqual([
      { id: hexOf(ID_1), word: SCOPE_1.toLowerCase() },
      { id: hexOf(ID_1), word: SCOPE_1 },
    ]);
    expect(readScopes(2, probeOf(2, { text: `${SCOPE_2.slice(0, 20)}\n${SCOPE_2.slice(20)}` }))).toHaveLength(1);
  });

  const list = (size: number, count: number, bytes: number): string => {
    const data = Buffer.alloc(3 + bytes, 7);
    data.writeUInt16BE(size);
    data[2] = count;
    return data.toString('base64');
  };
  test.each([
    ['no scopes', 1, undefined],
    ['empty scopes', 1, { text: '' }],
    ['a word that is no hexadecimal text', 1, { text: `${SCOPE_1.slice(1)}G` }],
    ['a segment that is too short', 1, { text: SCOPE_1.slice(2) }],
    ['one segment that is too long', 1, { text: `${SCOPE_1} ${SCOPE_1}00` }],
    ['an odd count of digits', 1, { text: SCOPE_1.slice(1) }],
    ['the rule of version 2', 1, { text: SCOPE_1, matchBy: FORMS[2].matchBy }],
    ['more segments than version 2 can count', 1, { text: Array(256).fill(SCOPE_1).join(' ') }],
    ['the rule of version 1', 2, { text: SCOPE_2, matchBy: FORMS[1].matchBy }],
    ['no Base64', 2, { text: SCOPE_1.slice(1) }],
    ['no header', 2, { text: 'AAA=' }],
    ['no segment', 2, { text: list(32, 0, 0) }],
    ['a size that no hash has', 2, { text: list(33, 1, 33) }],
    ['a byte too few', 2, { text: list(32, 2, 63) }],
    ['a byte too many', 2, { text: list(32, 1, 33) }],
  ] as const)('with %s is refused', (_, version, scopes) => {
    expect(() => readScopes(version, probeOf(version, scopes))).toThrow(DecodeError);
  });

  test('for something else, or for more than segments, is none of these', () => {
    const { type } = FORMS[1];
    expect(versionOf([])).toBeUndefined();
    expect(versionOf([{ ...type, namespace: 'urn:other' }])).toBeUndefined();
    expect(versionOf([{ ...type, name: 'PeerDistDataV3' }])).toBeUndefined();
    expect(versionOf([type, { namespace: 'urn:other', name: 'Printer' }])).toBeUndefined();
  });
});

describe('an answer', () => {
  const answer = (match: TargetService): ProbeMatches => ({
    type: 'ProbeMatches',
    messageId: 'urn:uuid:GUID-C',
    relatesTo: 'urn:uuid:GUID-A',
    appSequence: { instanceId: 1, messageNumber: 2 },
    matches: [match],
  });

  test('of version 1 is byte for byte the published form', () => {
    const text = Buffer.from(
      encode(codec, answer(matchOf(1, [ID_1], [{ blocks: 1, allBlocks: 1, created: NOW }]))),
    ).toString();
    expect(text).toBe(
      `${ENVELOPE}<wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To><wsa:Action>` +
        'http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action><wsa:MessageID>urn:uuid:GUID-C' +
        '</wsa:MessageID><wsa:RelatesTo>urn:uuid:GUID-A</wsa:RelatesTo><wsd:AppSequence InstanceId="1" MessageNumber="2">' +
        '</wsd:AppSequence></soap:Header><soap:Body><wsd:ProbeMatches><wsd:ProbeMatch><wsa:EndpointReference>' +
        '<wsa:Address>urn:uuid:GUID-B</wsa:Address></wsa:EndpointReference><wsd:Types>PeerDist:PeerDistData</wsd:Types>' +
        `<wsd:Scopes>${SCOPE_1}</wsd:Scopes><wsd:XAddrs>192.0.2.7:80</wsd:XAddrs><wsd:MetadataVersion>1` +
        '</wsd:MetadataVersion><PeerDist:PeerDistData><PeerDist:BlockCount>00000001</PeerDist:BlockCount>' +
        '</PeerDist:PeerDistData></wsd:ProbeMatch></wsd:ProbeMatches></soap:Body></soap:Envelope>',
    );
  });

  test('of version 1 names the segments that are here, and how many blocks of each', () => {
    const match = matchOf(1, [idOf(1), idOf(2), idOf(3)], [COMPLETE, undefined, PARTIAL]);
    expect(match.scopes).toBe(`${'01'.repeat(32)} ${'03'.repeat(32)}`);
    expect(
      readAnswer(
        1,
        [1, 2, 3].map((it) => hexOf(idOf(it))),
        match,
        READINGS,
      ),
    ).toEqual([
      { id: idOf(1), blocks: 512, partial: false },
      { id: idOf(3), blocks: 42, partial: false },
    ]);
  });

  const THREE = [COMPLETE, undefined, PARTIAL];
  const found = [
    { id: idOf(1), blocks: undefined, partial: false },
    { id: idOf(3), blocks: undefined, partial: true },
  ];
  test.each([
    ['reading distribution.segment-bits = top-first', 'top-first', 'yA=='],
    ['reading distribution.segment-bits = bottom-first', 'bottom-first', 'Iw=='],
  ])('of version 2 has two bits a segment: %s', (_, candidate, bits) => {
    const readings = new Readings({ 'distribution.segment-bits': candidate });
    const ids = [idOf(1), idOf(2), idOf(3)];
    const asked = readScopes(2, probeOf(2, formatScopes(2, ids)));
    const match = { address: '', xAddrs: [], ...formatAnswer(2, asked, THREE, NOW, readings) };
    expect(match.scopes).toBe(bits);
    expect(match.metadataVersion).toBe(2);
    expect(readAnswer(2, ids.map(hexOf), match, readings)).toEqual(found);
  });

  test('of version 2 for one complete segment is the published one, and so is that for forty', () => {
    expect(matchOf(2, [ID_2], [COMPLETE]).scopes).toBe('wA==');
    const forty = Array.from({ length: 40 }, (_, n) => idOf(n));
    expect(matchOf(2, forty, Array(40).fill(COMPLETE)).scopes).toBe('/////////////w==');
  });

  test('of version 2 has the ages, by the place in the Probe: the published ones', () => {
    const ageOf = (it: TargetService): unknown => (it.extensions[0] as XmlElement).content[0];
    const old = { ...COMPLETE, created: NOW - 600n * TICKS_PER_SECOND };
    const segment = { namespace: FORMS[2].type.namespace, name: 'SegmentAges' };
    expect(ageOf(matchOf(2, [ID_2], [COMPLETE]))).toEqual({ ...segment, content: 'AAEDAQD0AQA=' });
    const three = matchOf(2, [idOf(1), idOf(2), idOf(3)], [old, undefined, old]);
    expect(ageOf(three)).toEqual({ ...segment, content: 'AAEDAgBg6gACYOoA' });
  });

  test.each([
    ['four digits for each segment', '0019', 0x19],
    ['eight digits for each segment', '0000002a', 42],
    ['sixteen digits for each segment', '000000000000002A', 42],
  ])('with %s is read', (_, digits, blocks) => {
    const match = matchOf(1, [ID_1], [COMPLETE]);
    const extensions = [{ ...FORMS[1].type, content: [{ ...FORMS[1].type, name: 'BlockCount', content: digits }] }];
    expect(readAnswer(1, [hexOf(ID_1)], { ...match, extensions }, READINGS)).toEqual([
      { id: ID_1, blocks, partial: false },
    ]);
  });

  test('tells nothing of segments that nobody asked for, of none, and of bits that mean nothing', () => {
    expect(readAnswer(1, [hexOf(ID_2)], matchOf(1, [ID_1], [COMPLETE]), READINGS)).toEqual([]);
    expect(readAnswer(1, [hexOf(ID_1)], matchOf(1, [ID_1], [{ ...PARTIAL, blocks: 0 }]), READINGS)).toEqual([]);
    const match = matchOf(2, [ID_2], [COMPLETE]);
    expect(readAnswer(2, [hexOf(ID_2)], { ...match, scopes: 'QA==' }, READINGS)).toEqual([]);
  });

  const ONE = matchOf(1, [idOf(1), idOf(2)], [COMPLETE, COMPLETE]);
  const count = (digits: string) => [
    { ...FORMS[1].type, content: [{ ...FORMS[1].type, name: 'BlockCount', content: digits }] },
  ];
  test.each([
    ['no scopes', 1, { ...ONE, scopes: undefined }],
    ['empty scopes', 1, { ...ONE, scopes: '' }],
    ['a scope that is none', 1, { ...ONE, scopes: 'AB' }],
    ['no counts', 1, { ...ONE, extensions: [] }],
    ['counts that are text', 1, { ...ONE, extensions: [{ ...FORMS[1].type, content: '00000001' }] }],
    ['counts that are no digits', 1, { ...ONE, extensions: count('0000000g0000000g') }],
    ['counts that don’t come out even', 1, { ...ONE, extensions: count('000000001') }],
    ['bits that are no Base64', 2, { ...ONE, scopes: 'w===' }],
    ['too few bits', 2, { ...ONE, scopes: '' }],
  ] as const)('with %s is refused', (_, version, match) => {
    expect(() =>
      readAnswer(
        version,
        [1, 2].map((it) => hexOf(idOf(it))),
        match,
        READINGS,
      ),
    ).toThrow(DecodeError);
  });
});

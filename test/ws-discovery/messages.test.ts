import { describe, expect, test } from 'vitest';
import { decode, encode } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';
import {
  type DiscoveryMessage,
  discoveryMessage,
  type Probe,
  type ProbeMatches,
} from '#fallback/ws-discovery/messages';
import { MATCH_STRINGS } from '#fallback/ws-discovery/names';
import { proveCodecLaw } from '../wire/codec-law.ts';
import { mutate } from '../wire/mutations.mjs';

const OWN = 'urn:example:own';
const OTHER = 'urn:example:other';
const codec = discoveryMessage({ own: OWN });

const PROBE: Probe = {
  type: 'Probe',
  messageId: 'urn:uuid:0a6dc791-2be6-4991-9af1-454778a1917a',
  types: [{ namespace: OWN, name: 'Printer' }],
  scopes: { matchBy: MATCH_STRINGS, text: 'a b' },
};
const MATCHES: ProbeMatches = {
  type: 'ProbeMatches',
  messageId: 'urn:uuid:e32e6863-ea5e-4ee4-997e-69539d1ff2cc',
  relatesTo: PROBE.messageId,
  appSequence: { instanceId: 1_700_000_000, messageNumber: 7 },
  matches: [
    {
      address: 'urn:uuid:98190dc2-0890-4ef8-ac9a-5940995e6119',
      types: [{ namespace: OWN, name: 'Printer' }],
      scopes: 'a',
      xAddrs: ['192.0.2.7:80', '[2001:db8::7]:80'],
      metadataVersion: 1,
      extensions: [{ namespace: OWN, name: 'Pages', content: [{ namespace: OWN, name: 'Left', content: '12' }] }],
    },
  ],
};
const SAMPLES: readonly DiscoveryMessage[] = [
  PROBE,
  { ...PROBE, types: [], scopes: undefined },
  { ...PROBE, types: [{ namespace: '', name: 'Plain' }], scopes: { text: '<&">' } },
  { ...PROBE, types: [{ namespace: OTHER, name: 'Far' }, ...PROBE.types] },
  MATCHES,
  { ...MATCHES, matches: [] },
  {
    ...MATCHES,
    matches: [
      { address: 'a', types: [], xAddrs: [], metadataVersion: 0xffff_ffff, extensions: [] },
      {
        address: 'b\r\nc',
        types: [{ namespace: OTHER, name: 'Far' }],
        xAddrs: ['x'],
        metadataVersion: 0,
        extensions: [{ namespace: OTHER, name: 'Empty', content: '' }],
      },
    ],
  },
];

const read = (text: string): DiscoveryMessage => decode(codec, Buffer.from(text));
const written = (message: DiscoveryMessage): string => Buffer.from(encode(codec, message)).toString();

const NAMES = {
  s: 'http://www.w3.org/2003/05/soap-envelope',
  a: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  d: 'http://schemas.xmlsoap.org/ws/2005/04/discovery',
};
const xmlns = Object.entries(NAMES)
  .map(([prefix, name]) => `xmlns:${prefix}="${name}"`)
  .join(' ');
/** As somebody else may write it. */
const foreign = (header: string, body: string, more = ''): string =>
  `<s:Envelope ${xmlns}${more}>\n <s:Header>${header}</s:Header>\n <s:Body>${body}</s:Body>\n</s:Envelope>`;
const head = (action: string): string =>
  `<a:To>x</a:To><a:Action>\n  ${NAMES.d}/${action}\n </a:Action><a:MessageID> id-1 </a:MessageID>`;

describe('WS-Discovery messages', () => {
  test('keep the codec law', () => {
    proveCodecLaw(codec, SAMPLES);
  });

  test('mutations give a value that can be written again, or a DecodeError', () => {
    const seeds = SAMPLES.map((it) => encode(codec, it));
    mutate(3, seeds, 4000, (bytes) => encode(codec, decode(codec, bytes)));
  });

  test('a Probe is written with the tags that some readers look for', () => {
    expect(written(PROBE)).toBe(
      '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"' +
        ' xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
        ' xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:own="urn:example:own"><soap:Header>' +
        '<wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To>' +
        '<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</wsa:Action>' +
        '<wsa:MessageID>urn:uuid:0a6dc791-2be6-4991-9af1-454778a1917a</wsa:MessageID></soap:Header><soap:Body>' +
        '<wsd:Probe><wsd:Types>own:Printer</wsd:Types>' +
        '<wsd:Scopes MatchBy="http://schemas.xmlsoap.org/ws/2005/04/discovery/strcmp0">a b</wsd:Scopes>' +
        '</wsd:Probe></soap:Body></soap:Envelope>',
    );
  });

  test('an answer has its parts in the order of the schema', () => {
    const tags = [...written(MATCHES).matchAll(/<(\w+:\w+)/g)].map(([, tag]) => tag);
    expect(tags).toEqual([
      ...['soap:Envelope', 'soap:Header', 'wsa:To', 'wsa:Action', 'wsa:MessageID', 'wsa:RelatesTo', 'wsd:AppSequence'],
      ...['soap:Body', 'wsd:ProbeMatches', 'wsd:ProbeMatch', 'wsa:EndpointReference', 'wsa:Address', 'wsd:Types'],
      ...['wsd:Scopes', 'wsd:XAddrs', 'wsd:MetadataVersion', 'own:Pages', 'own:Left'],
    ]);
    expect(written(MATCHES)).toContain(
      '<wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>',
    );
  });

  test('are read with any prefixes, white space, byte order mark and order of elements', () => {
    const probe =
      '<d:Probe><d:Scopes MatchBy="rule">\n  one\n  two\n</d:Scopes><d:Types>\n q:T\tU </d:Types></d:Probe>';
    expect(
      read(`\ufeff${foreign(head('Probe'), probe, ' xmlns="urn:example:default" xmlns:q="urn:example:own"')}`),
    ).toEqual({
      type: 'Probe',
      messageId: 'id-1',
      types: [
        { namespace: OWN, name: 'T' },
        { namespace: 'urn:example:default', name: 'U' },
      ],
      scopes: { matchBy: 'rule', text: 'one\n  two' },
    });
  });

  test.each([
    ['no XML', 'hello'],
    ['empty', ''],
    ['a DOCTYPE', `<!DOCTYPE x [<!ENTITY a "b">]>${foreign(head('Probe'), '<d:Probe/>')}`],
    ['an entity', foreign(head('Probe'), '<d:Probe><d:Types>&a;</d:Types></d:Probe>')],
    ['another root', foreign(head('Probe'), '<d:Probe/>').replaceAll('Envelope', 'Letter')],
    ['SOAP 1.1', foreign(head('Probe'), '<d:Probe/>').replace(NAMES.s, 'http://schemas.xmlsoap.org/soap/envelope/')],
    [
      'WS-Discovery 1.1',
      foreign(head('Probe'), '<d:Probe/>').replaceAll(NAMES.d, 'http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01'),
    ],
    ['an action that is none of these', foreign(head('Hello'), '<d:Probe/>')],
    ['no messageId', foreign(head('Probe').replace('id-1', ''), '<d:Probe/>')],
    ['a messageId of any length', foreign(head('Probe').replace('id-1', 'x'.repeat(257)), '<d:Probe/>')],
    ['no body', foreign(head('Probe'), '')],
    ['two headers', foreign(`${head('Probe')}</s:Header><s:Header>`, '<d:Probe/>')],
    ['two Probes', foreign(head('Probe'), '<d:Probe/><d:Probe/>')],
    ['an answer to nothing', foreign(head('ProbeMatches'), '<d:ProbeMatches/>')],
    ['types without end', foreign(head('Probe'), `<d:Probe><d:Types>${'T '.repeat(17)}</d:Types></d:Probe>`)],
    ['a type with a prefix that is none', foreign(head('Probe'), '<d:Probe><d:Types>z:T</d:Types></d:Probe>')],
    ['a character that is none of XML', foreign(head('Probe'), '<d:Probe><d:Scopes>&#1;</d:Scopes></d:Probe>')],
    ['text behind the end', `${foreign(head('Probe'), '<d:Probe/>')}<x/>`],
    ['elements without end', foreign(head('Probe'), '<a>'.repeat(200) + '</a>'.repeat(200))],
    [
      'attributes without end',
      foreign(head('Probe'), `<d:Probe ${Array.from({ length: 2000 }, (_, n) => `a${n}="1"`).join(' ')}/>`),
    ],
    ['more than is taken', foreign(head('Probe'), `<d:Probe><d:Scopes>${'a'.repeat(32_768)}</d:Scopes></d:Probe>`)],
  ])('%s is refused', (_, text) => {
    expect(() => read(text)).toThrow(DecodeError);
  });

  test.each([
    ['no sequence', '<wsd:AppSequence InstanceId="1700000000" MessageNumber="7"></wsd:AppSequence>', ''],
    ['a sequence without a number', ' MessageNumber="7"', ''],
    ['a number that is none', 'InstanceId="1700000000"', 'InstanceId="-1"'],
    ['a number of more than 32 bits', 'InstanceId="1700000000"', 'InstanceId="4294967296"'],
    ['no address', '<wsa:Address>', '<wsa:Adress>'],
    ['no version of its data', '<wsd:MetadataVersion>1</wsd:MetadataVersion>', ''],
  ])('an answer with %s is refused', (_, original, damaged) => {
    const text = written(MATCHES)
      .replace(original, damaged)
      .replace('</wsa:Address>', damaged === '<wsa:Adress>' ? '</wsa:Adress>' : '</wsa:Address>');
    expect(text).not.toBe(written(MATCHES));
    expect(() => read(text)).toThrow(DecodeError);
  });

  test('no UTF-8 is refused', () => {
    const bytes = Buffer.from(written(PROBE));
    bytes[bytes.length - 40] = 0xff;
    expect(() => decode(codec, bytes)).toThrow(/UTF-8/);
  });
});

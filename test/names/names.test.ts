import { describe, expect, it } from 'vitest';
import { createNames } from '#fallback/names/index';
import { p2pId } from '#fallback/names/p2p-id';
import { Readings } from '#fallback/wire/readings';
import { PeerError } from '#lib/errors';

const names = createNames(new Readings());
const AUTHORITY = '38827fecd1245882413e9a42c23d81f1aae08c4d';
const TEST_KEY = '3b6b811392c199393caadef1eff5202fb32080ff';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof PeerError ? `${error.code} ${error.operation}` : (error as { code: string }).code;
  }
  return 'nothing thrown';
}

describe('parsing', () => {
  it.each([
    ['0.test', { authority: '0', classifier: 'test', secure: false }],
    ['0.A.B', { authority: '0', classifier: 'A.B', secure: false }],
    [`${AUTHORITY}.RAContact`, { authority: AUTHORITY, classifier: 'RAContact', secure: true }],
    [`${AUTHORITY.toUpperCase()}.RAContact`, { authority: AUTHORITY, classifier: 'RAContact', secure: true }],
    [AUTHORITY, { authority: AUTHORITY, classifier: '', secure: true }],
    [`${AUTHORITY}.`, { authority: AUTHORITY, classifier: '', secure: true }],
    [`0.${'x'.repeat(149)}`, { authority: '0', classifier: 'x'.repeat(149), secure: false }],
    ['0.e\u0301', { authority: '0', classifier: 'e\u0301', secure: false }],
  ])('takes %s', (text, parts) => {
    expect(names.parse(text)).toEqual(parts);
  });

  it.each([
    '',
    '.',
    '0',
    '0.',
    '1.test',
    'test',
    `${AUTHORITY}0.test`,
    `${AUTHORITY.slice(1)}.test`,
    `${'g'.repeat(40)}.x`,
    ' 0.test',
  ])('refuses %j', (text) => {
    expect(codeOf(() => names.parse(text))).toBe('PEER_E_INVALID_PEER_NAME parsing a peer name');
  });

  it('refuses a classifier of 150 units and one with U+0000', () => {
    expect(codeOf(() => names.parse(`${AUTHORITY}.${'x'.repeat(150)}`))).toContain('PEER_E_INVALID_PEER_NAME');
    expect(codeOf(() => names.parse('0.a\0b'))).toContain('PEER_E_INVALID_PEER_NAME');
  });

  it('says what a wrong type is', () => {
    expect(codeOf(() => names.parse(5 as unknown as string))).toBe('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => names.toHostName(undefined as unknown as string))).toBe('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => names.fromHostName(null as unknown as string))).toBe('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => names.create(null, 5 as unknown as string))).toBe('ERR_INVALID_ARG_TYPE');
  });
});

describe('PeerCreatePeerName', () => {
  it('gives an unsecured name without an identity', () => {
    expect(names.create(null, 'test')).toBe('0.test');
  });

  it("keeps the identity's authority and replaces its classifier", () => {
    expect(names.create(`${AUTHORITY}.old`, 'new')).toBe(`${AUTHORITY}.new`);
    expect(names.create(AUTHORITY.toUpperCase(), 'new')).toBe(`${AUTHORITY}.new`);
    expect(names.create(`${AUTHORITY}.old`, '')).toBe(`${AUTHORITY}.`);
  });

  it("returns the identity's own name without a classifier", () => {
    expect(names.create(`${AUTHORITY}.own`, null)).toBe(`${AUTHORITY}.own`);
  });

  it('refuses what can be no name', () => {
    expect(codeOf(() => names.create(null, null))).toBe('E_INVALIDARG PeerCreatePeerName');
    expect(codeOf(() => names.create(null, ''))).toBe('PEER_E_INVALID_CLASSIFIER PeerCreatePeerName');
    expect(codeOf(() => names.create(null, 'x'.repeat(150)))).toBe('PEER_E_INVALID_CLASSIFIER PeerCreatePeerName');
    expect(codeOf(() => names.create(null, 'a\0'))).toBe('PEER_E_INVALID_CLASSIFIER PeerCreatePeerName');
    expect(codeOf(() => names.create('nobody', 'x'))).toBe('PEER_E_INVALID_PEER_NAME PeerCreatePeerName');
  });
});

describe('P2P ID', () => {
  const unsecured = {
    'utf-16le': ['4cf68ef1a30357cf94e6f51300219520', '7775c82766bfb84e1ca6276fe033d797'],
    'utf-16be': ['db948b93643d80e77a0568ba2e009819', 'db9f5a0e69180e32f7ae81234c0a885a'],
    'utf-8': ['fc987ab5fb18eafd21872b24454b4c34', 'd88051dab0d855cdc4b4ec58f4685c1f'],
  };
  for (const [candidate, [test, application]] of Object.entries(unsecured)) {
    it(`reading names.classifier-hash = ${candidate}`, () => {
      const chosen = createNames(new Readings({ 'names.classifier-hash': candidate }));
      expect(chosen.p2pId('0.test')).toBe(test);
      expect(chosen.p2pId('0.MyApplication')).toBe(application);
    });
  }

  const secure = {
    digest: ['c35569a16a1aa0c6b617f9dedf277f56', '734125ebdcee01f3d564dd51fb1db911'],
    reversed: ['c4257edb398c002eafa650f2f4361115', '3013e26c789f78a8a64600d15ee3de19'],
  };
  for (const [candidate, [contact, test]] of Object.entries(secure)) {
    it(`reading names.authority-hash = ${candidate}`, () => {
      const chosen = createNames(new Readings({ 'names.authority-hash': candidate }));
      expect(chosen.p2pId(`${AUTHORITY}.RAContact`)).toBe(contact);
      expect(chosen.p2pId(`${TEST_KEY}.test`)).toBe(test);
    });
  }

  it('of an empty classifier is that of the vector in every encoding', () => {
    for (const encoding of ['utf-16le', 'utf-16be', 'utf-8']) {
      const readings = new Readings({ 'names.classifier-hash': encoding });
      expect(p2pId({ authority: '0', classifier: '' }, readings)).toBe('f16650999d995aca3e323e4008a7f4bd');
    }
  });
});

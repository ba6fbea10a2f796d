import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNames } from '#fallback/names/index';
import { Readings } from '#fallback/wire/readings';
import { isPeerError } from '#lib/errors';

const AUTHORITY = '3bcb8b43f61184ffc169f50ea88f1ecfb72ffb3b';
const LETTERED = `a${AUTHORITY.slice(1)}`;
const plain = createNames(new Readings());
const wrapped = createNames(new Readings({ 'names.host-name': 'wrapped' }));

describe('peer name to host name', () => {
  it('reading names.host-name = plain', () => {
    expect(plain.toHostName('0.test')).toBe('test.pnrp.net');
    expect(plain.toHostName(`${AUTHORITY}.Member`)).toBe(`Member.p${AUTHORITY}.pnrp.net`);
    expect(plain.toHostName(`${LETTERED}.Member`)).toBe(`Member.${LETTERED}.pnrp.net`);
    expect(plain.toHostName(AUTHORITY)).toBe(`p${AUTHORITY}.pnrp.net`);
    expect(plain.toHostName('0.bücher')).toBe('pbcher-kvap.pnrp.net');
    expect(plain.toHostName('0.pop')).toBe('ppop-p.pnrp.net');
    expect(plain.toHostName('0.p0')).toBe('pp0-p.pnrp.net');
    expect(plain.toHostName(`0.${LETTERED}`)).toBe(`p${LETTERED}-p.pnrp.net`);
  });

  it('reading names.host-name = wrapped', () => {
    expect(wrapped.toHostName('0.test')).toBe('ptest-p.pnrp.net');
    expect(wrapped.toHostName(`${AUTHORITY}.test`)).toBe(`ptest-p.p${AUTHORITY}.pnrp.net`);
    // The DNS form in a Windows 7 identity certificate has 71 to 81 characters for this classifier.
    expect(wrapped.toHostName(`${LETTERED}.HomeGroupClassifier_1`)).toHaveLength(74);
  });

  it('splits what is too long for a label', () => {
    const host = plain.toHostName(`${AUTHORITY}.${'x'.repeat(149)}`);
    expect(host.split('.').map((label) => label.length)).toEqual([63, 63, 26, 41, 4, 3]);
  });
});

const farApart = (count: number): string =>
  Array.from({ length: count }, (_, at) => String.fromCharCode(0x4e00 + 3 * at)).join('');

describe('peer names that no DNS name can hold', () => {
  const refused = expect.objectContaining({
    code: 'PEER_E_CANNOT_CONVERT_PEER_NAME',
    operation: 'PeerNameToPeerHostName',
  });

  it('are those of more than 253 characters', () => {
    const longest = `0.xx${farApart(119)}`;
    const host = plain.toHostName(longest);
    expect(host).toHaveLength(253);
    expect([host, `${host}.`].map((it) => plain.fromHostName(it))).toEqual([longest, longest]);
    expect(() => plain.toHostName(`0.xxx${farApart(119)}`)).toThrow(refused);
  });

  it('and no longer one is read', () => {
    const labels = `p${'x'.repeat(246)}-p`.match(/.{1,63}/g) as string[];
    expect(() => plain.fromHostName(`${labels.join('.')}.pnrp.net`)).toThrow('261 characters');
  });

  it('among them the one whose encoding is longest', () => {
    const far = Array.from({ length: 149 }, (_, at) => String.fromCharCode(at % 2 === 0 ? 0x80 + at : 0xffff - at));
    expect(() => plain.toHostName(`0.${far.join('')}`)).toThrow(refused);
  });
});

describe('host name to peer name', () => {
  it.each([
    ['test.pnrp.net', '0.test'],
    [`ptest-p.p${AUTHORITY}.pnrp.net`, `${AUTHORITY}.test`],
    [`test.p${AUTHORITY}.pnrp.net`, `${AUTHORITY}.test`],
    [`test.${AUTHORITY.toUpperCase()}.PNRP.NET`, `${AUTHORITY}.test`],
    ['ptest-p.p0.pnrp.net', '0.test'],
    ['test.pnrp.net.', '0.test'],
    [`p${AUTHORITY}.pnrp.net`, `${AUTHORITY}.`],
  ])('reads %s', (host, name) => {
    expect(plain.fromHostName(host)).toBe(name);
  });

  it.each([
    '',
    'pnrp.net',
    '.pnrp.net',
    'test.example.net',
    'a..b.pnrp.net',
    'p0.pnrp.net',
    'pp.pnrp.net',
    'p-99999999p.pnrp.net',
    'a b.pnrp.net',
    `${'x'.repeat(64)}.pnrp.net`,
    `${'x'.repeat(60)}.${'x'.repeat(60)}.${'x'.repeat(60)}.pnrp.net`,
    `${'x.'.repeat(123)}pnrp.net`,
    'p\ud800-\ud800p.pnrp.net',
  ])('refuses %j', (host) => {
    expect(() => plain.fromHostName(host)).toThrow(expect.objectContaining({ code: 'PEER_E_INVALID_PEER_HOST_NAME' }));
  });
});

const unit = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('p', 'P', '0', '9', '.', '-', '_', 'A', 'z', ' ', '\ud800', '\udc00') },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 0x7f }).map((code) => String.fromCharCode(code)) },
  { weight: 1, arbitrary: fc.integer({ min: 0xefff, max: 0xf081 }).map((code) => String.fromCharCode(code)) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 0xffff }).map((code) => String.fromCharCode(code)) },
);
const classifier = fc.array(unit, { minLength: 1, maxLength: 149, size: 'max' }).map((units) => units.join(''));
const short = fc.array(unit, { minLength: 1, maxLength: 4 }).map((units) => units.join(''));
const authority = fc.oneof(fc.constantFrom('0', AUTHORITY, LETTERED));
const peerName = fc.tuple(authority, fc.oneof(classifier, short)).map(([a, c]) => `${a}.${c}`);

/** Undefined where it would be too long. */
function hostNameOf(names: typeof plain, peerName: string): string | undefined {
  try {
    return names.toHostName(peerName);
  } catch (error) {
    expect(isPeerError(error, 'PEER_E_CANNOT_CONVERT_PEER_NAME')).toBe(true);
    return undefined;
  }
}

describe('both ways', () => {
  for (const names of [plain, wrapped]) {
    it(`gives every name back (${names === plain ? 'plain' : 'wrapped'})`, () => {
      fc.assert(
        fc.property(peerName, (name) => {
          const host = hostNameOf(names, name);
          fc.pre(host !== undefined);
          expect(host).toMatch(/^([\w-]{1,63}\.)+pnrp\.net$/);
          expect(plain.fromHostName(host)).toBe(name);
        }),
        { numRuns: 400, seed: 7 },
      );
    });
  }

  it('never does anything but name or refuse', () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 200 }), (units) => {
        try {
          const name = plain.fromHostName(`${units.join('')}.pnrp.net`);
          expect(plain.parse(name)).toBeDefined();
        } catch (error) {
          expect(isPeerError(error, 'PEER_E_INVALID_PEER_HOST_NAME')).toBe(true);
        }
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import { type CertificateContent, decodeCertificate } from '#fallback/certificates/certificate';
import { validateChain } from '#fallback/certificates/certificate-chain';
import { certificateType, issuerName, subjectNames } from '#fallback/certificates/extensions';
import { classifierList, groupName, roleList } from '#fallback/certificates/group-extensions';
import { isDelegated, isListDelegated, mayGrant, type Role } from '#fallback/certificates/roles';
import { Readings } from '#fallback/wire/readings';
import { NOW, vectors, work } from '../identity/host-double.ts';
import { issueChain, type Link, pack, party, reissue } from './chains.ts';

const readings = new Readings();
const group = party('Group');
const other = party('Other');
const LINKS: readonly Link[] = [
  { holder: party('Admin'), roles: ['admin'], classifiers: [] },
  { holder: party('Inviting'), roles: ['inviting-member'], classifiers: ['part'] },
  { holder: party('Member'), roles: ['member'], classifiers: ['part'] },
];
/** Who signs the certificate with that index. */
const signers = [group, group, ...LINKS.map(({ holder }) => holder)];

let chain: Uint8Array[];
beforeAll(async () => {
  chain = await issueChain(group, LINKS);
});

async function faultOf(certificates: readonly Uint8Array[]): Promise<string | undefined> {
  const result = await validateChain(pack(certificates), NOW, work);
  if (!('fault' in result)) return undefined;
  return result.detail === undefined ? result.fault : `${result.fault}: ${result.detail}`;
}

/** The chain with one certificate changed and signed again by its issuer. */
async function changed(
  index: number,
  change: (content: CertificateContent) => Partial<CertificateContent>,
  signer = signers[index],
): Promise<Uint8Array[]> {
  const der = chain[index] as Uint8Array;
  const again = await reissue(der, signer?.privateKey ?? new Uint8Array(), change(decodeCertificate(der)));
  return chain.with(index, again);
}

type Extensions = CertificateContent['extensions'];
const without =
  (oid: string) =>
  ({ extensions }: { extensions: Extensions }) => ({ extensions: extensions.filter((each) => each.oid !== oid) });
const put =
  (...fresh: Extensions) =>
  ({ extensions }: { extensions: Extensions }) => ({
    extensions: [...extensions.filter(({ oid }) => !fresh.some((each) => each.oid === oid)), ...fresh],
  });
const raw = (oid: string, hex: string, critical = true) => put({ oid, critical, value: Buffer.from(hex, 'hex') });

const PEERNET = '1.3.6.1.4.1.311.44';

describe('chains that hold', () => {
  test.each([2, 3, 25])('of %i certificates, in any order', async (count) => {
    const links = Array.from({ length: count - 1 }, (_, index): Link => {
      return { holder: party(`Holder ${index}`), roles: ['admin'], classifiers: [] };
    });
    const certificates = await issueChain(group, links);
    const names = [group, ...links.map(({ holder }) => holder)].map(({ peerName }) => peerName);
    for (const order of [certificates, certificates.toReversed()]) {
      const result = await validateChain(pack(order), NOW, work);
      if ('fault' in result) throw new Error(result.fault);
      expect(result.certificates.map(({ subjectName }) => subjectName)).toEqual(names);
    }
  });

  test('with the classifiers and roles of each kind', async () => {
    expect(await faultOf(chain)).toBeUndefined();
  });

  test('with roles in the other order of bytes', async () => {
    expect(await faultOf(await issueChain(group, LINKS, { 'certificates.roles': 'text' }))).toBeUndefined();
    expect(
      await faultOf(
        await changed(2, () => put(roleList(['inviting-member'], 'text'))(decodeCertificate(chain[2] as Uint8Array))),
      ),
    ).toBeUndefined();
  });

  test('with names as UniversalString, and another authority key identifier', async () => {
    const text = Buffer.from(group.peerName, 'latin1');
    const wide = Buffer.concat([...text].map((unit) => Buffer.from([0, 0, 0, unit])));
    const tlv = (tag: number, content: Buffer) =>
      content.length < 0x80
        ? Buffer.from([tag, content.length, ...content])
        : Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff, ...content]);
    const type = Buffer.from('060a2b0601040182372c0002', 'hex');
    const name = tlv(0x30, tlv(0xa0, Buffer.concat([type, tlv(0xa0, tlv(0x1c, wide))])));
    expect(await faultOf(await changed(0, raw(`${PEERNET}.3.1`, name.toString('hex'))))).toBeUndefined();
    expect(await faultOf(await changed(1, raw('2.5.29.35', '3000', false)))).toBeUndefined();
  });
});

describe('chains that are refused', () => {
  type Mutant = [rule: string, why: string, make: () => Promise<Uint8Array[]> | Uint8Array[]];

  const patched = (index: number, from: string, to: string) => {
    const hex = Buffer.from(chain[index] as Uint8Array).toString('hex');
    expect(hex).toContain(from);
    return chain.with(index, Buffer.from(hex.replaceAll(from, to), 'hex'));
  };
  /** The holder of a certificate, and the issuer of the next one, under another name. */
  const renamed = async (index: number, name: string) => {
    const holder = await changed(index, put(...subjectNames(name, undefined, readings)));
    const child = await changed(index + 1, put(issuerName(name, readings)));
    return holder.with(index + 1, child[index + 1] as Uint8Array);
  };
  const MUTANTS: readonly Mutant[] = [
    [
      '1, version of X.509',
      'outside the profile: the certificate has version 2, not 3',
      () => patched(1, 'a003020102', 'a003020101'),
    ],
    [
      '1, algorithm',
      'outside the profile: the certificate is not signed with SHA-1 and RSA',
      () => patched(2, '2a864886f70d010105', '2a864886f70d01010b'),
    ],
    [
      '1, serial number',
      'outside the profile: the serial number has 2 bytes',
      () => changed(1, () => ({ serial: Uint8Array.of(1, 2) })),
    ],
    [
      '1, subject',
      'outside the profile: the friendly name of the subject is too long',
      () => changed(1, () => ({ subject: 'x'.repeat(256) })),
    ],
    [
      '1, key',
      'outside the profile: the key does not have 1024 bits',
      () => changed(1, () => ({ publicKey: party('Large', 2048).publicKey })),
    ],
    [
      '1, stranger',
      'outside the profile: the critical extension 2.5.29.19 is unknown',
      () => changed(1, raw('2.5.29.19', '3000')),
    ],
    [
      '1, twice the same',
      'outside the profile: an extension occurs twice',
      () => changed(1, ({ extensions }) => ({ extensions: [...extensions, ...extensions.slice(0, 1)] })),
    ],
    [
      '1, flags',
      'outside the profile: the grouping flags are not zero',
      () => changed(1, raw(`${PEERNET}.3.2`, '040401000000')),
    ],
    [
      '1, version of the profile',
      'outside the profile: the certificate follows an unknown version of the profile',
      () => changed(1, raw(`${PEERNET}.0.4`, '040402000000')),
    ],
    [
      '1, a version of 3 bytes',
      `malformed: ${PEERNET}.0.4 at offset 0: 3 bytes instead of 4`,
      () => changed(1, raw(`${PEERNET}.0.4`, '0403010200')),
    ],
    [
      '1, flags of 3 bytes',
      `malformed: ${PEERNET}.3.2 at offset 0: 3 bytes instead of 4`,
      () => changed(1, raw(`${PEERNET}.3.2`, '0403000000')),
    ],
    ['1, a long peer name', 'outside the profile: the peer name is too long', () => renamed(1, `0.${'x'.repeat(300)}`)],
    ['10, a root with a name of its own', 'root under another name than the group', () => renamed(0, other.peerName)],
    [
      '1, no version',
      'malformed: extensions at offset 0: the certificate has no version',
      () => changed(1, without(`${PEERNET}.0.4`)),
    ],
    [
      '1, no roles',
      'malformed: extensions at offset 0: the certificate has no role',
      () => changed(2, without(`${PEERNET}.3.3`)),
    ],
    [
      '1, empty roles',
      'malformed: 1.3.6.1.4.1.311.44.3.3 at offset 0: there is no role',
      () => changed(2, raw(`${PEERNET}.3.3`, '3000')),
    ],
    [
      '1, unknown role',
      `malformed: 1.3.6.1.4.1.311.44.3.3 at offset 0: ${'00'.repeat(16)} is no role`,
      () => changed(2, raw(`${PEERNET}.3.3`, `30120410${'00'.repeat(16)}`)),
    ],
    ['1, no certificate', 'malformed: certificates at offset 0: 0 certificates, not 1 to 25', () => []],
    [
      '1, 26 certificates',
      'malformed: certificates at offset 0: 26 certificates, not 1 to 25',
      () => Array.from({ length: 26 }, () => chain[0] as Uint8Array),
    ],
    ['1, the root alone', 'nothing but a root', () => chain.slice(0, 1)],
    [
      '3, another issuer',
      'certificates that do not follow each other',
      () => changed(2, put(issuerName(other.peerName, readings))),
    ],
    [
      '3, no issuer',
      'malformed: extensions at offset 0: the certificate has no peer name of the issuer',
      () => changed(2, without('2.5.29.8')),
    ],
    ['3, a gap', 'certificates that do not follow each other', () => chain.toSpliced(2, 1)],
    [
      '3, a fork',
      'certificates that do not follow each other',
      () => changed(3, put(issuerName(signers[2]?.peerName ?? '', readings)), signers[2]),
    ],
    [
      '3, a circle',
      'a peer name twice',
      () => changed(3, put(...subjectNames(signers[2]?.peerName ?? '', undefined, readings))),
    ],
    ['3, a double', 'a peer name twice', () => [...chain, chain[3] as Uint8Array]],
    ...[0, 1, 2, 3].flatMap((index): Mutant[] => [
      [
        `4, certificate ${index}`,
        'out of its time: the certificate has expired',
        () => changed(index, () => ({ notAfter: new Date('2025-01-01T00:00:00Z') })),
      ],
      [
        `4, certificate ${index} to come`,
        'out of its time: the certificate is not valid yet',
        () => changed(index, () => ({ notBefore: new Date('2027-01-01T00:00:00Z') })),
      ],
      [`12, certificate ${index}`, 'signature', () => changed(index, () => ({}), other)],
    ]),
    [
      '5, no list',
      'malformed: extensions at offset 0: the certificate has no list of classifiers',
      () => changed(3, without(`${PEERNET}.3.5`)),
    ],
    [
      '5, U+0000',
      'malformed: 1.3.6.1.4.1.311.44.3.5 at offset 0: the classifier contains U+0000',
      () => changed(3, put(classifierList(['a\0b'], readings))),
    ],
    [
      '5, too long',
      'malformed: 1.3.6.1.4.1.311.44.3.5 at offset 0: the classifier has 150 UTF-16 units, 149 are allowed',
      () => changed(2, put(classifierList(['x'.repeat(150)], readings))),
    ],
    [
      '5, another kind of name',
      'malformed: 1.3.6.1.4.1.311.44.3.5 at offset 0: a name is no classifier',
      () => changed(2, raw(`${PEERNET}.3.5`, '3003820161')),
    ],
    [
      '6, another classifier',
      'classifiers not delegated',
      () => changed(3, put(classifierList(['participant'], readings))),
    ],
    ['6, all classifiers', 'classifiers not delegated', () => changed(3, put(classifierList([], readings)))],
    ['6, list of the root', 'classifiers not delegated', () => changed(0, put(classifierList(['x'], readings)))],
    ['7, no root', 'not one root', () => chain.slice(1)],
    ['7, two roots', 'not one root', async () => [...chain, ...(await issueChain(other, []))]],
    [
      '7, the certificate of an identity',
      'malformed: extensions at offset 0: the certificate has no type of a certificate of a group',
      () => changed(1, put(certificateType('identity'))),
    ],
    ['7, a root that another key signed', 'signature', () => changed(0, () => ({}), other)],
    [
      '8, a name of another key',
      'group name not of the root key',
      async () => {
        const named = (der: Uint8Array, signer: Uint8Array) =>
          reissue(der, signer, put(groupName(other.peerName, readings))(decodeCertificate(der)));
        return Promise.all(chain.map((der, index) => named(der, signers[index]?.privateKey ?? new Uint8Array())));
      },
    ],
    [
      '9, a name of another key',
      'peer name not of the last key',
      () => changed(3, put(...subjectNames(other.peerName, undefined, readings))),
    ],
    [
      '9, an unsecured name',
      'peer name not of the last key',
      () => changed(3, put(...subjectNames('0.Member', undefined, readings))),
    ],
    ...[0, 1, 3].map(
      (index): Mutant => [
        `10, certificate ${index}`,
        'several group names',
        () => changed(index, put(groupName(other.peerName, readings))),
      ],
    ),
    [
      '10, none',
      'malformed: extensions at offset 0: the certificate has no group peer name',
      () => changed(3, without(`${PEERNET}.3.1`)),
    ],
    [
      'roles, from inviting to admin',
      'role not of the issuer to grant',
      () => changed(3, put(roleList(['member', 'admin'], 'in-memory'))),
    ],
    [
      'roles, of a mere member',
      'role not of the issuer to grant',
      () => changed(2, put(roleList(['member'], 'in-memory'))),
    ],
    [
      'names, a root with a name of its own',
      'certificates that do not follow each other',
      () => changed(0, put(...subjectNames(other.peerName, undefined, readings))),
    ],
  ];

  test.each(MUTANTS)('rule %s: %s', async (_rule, why, make) => {
    expect(await faultOf(await make())).toBe(why);
  });

  test('what is no bag', async () => {
    expect(await validateChain(Buffer.from('garbage'), NOW, work)).toMatchObject({ fault: 'malformed' });
    const identity = await validateChain(Buffer.from(vectors.member.bag, 'hex'), NOW, work);
    expect(identity).toMatchObject({ fault: 'malformed' });
  });
});

describe('what a role may grant', () => {
  test.each<[Role[], Role[], boolean]>([
    [['admin'], ['admin', 'inviting-member', 'member'], true],
    [['inviting-member'], ['inviting-member', 'member'], true],
    [['inviting-member'], ['admin'], false],
    [['member'], ['member'], false],
    [['member', 'inviting-member'], ['member'], true],
  ])('%j to %j: %s', (own, granted, may) => {
    expect(mayGrant(own, granted)).toBe(may);
  });
});

describe('the delegation test, [MS-PNRP] 2.2.3.5.1.5.1', () => {
  test.each<[string[], Role, string, boolean]>([
    [[], 'member', 'cheese', true],
    [['cheese'], 'admin', 'cheese', true],
    [['cheese'], 'admin', 'cheesecake', true],
    [['cheese'], 'inviting-member', 'cheesecake', true],
    [['cheese'], 'member', 'cheese', true],
    [['cheese'], 'member', 'cheesecake', false],
    [['cheese'], 'admin', 'chees', false],
    [['cheese'], 'admin', 'Cheese', false],
    [[''], 'admin', 'cheese', true],
    [[''], 'member', 'cheese', false],
    [[''], 'member', '', true],
  ])('%j lets %s use "%s": %s', (delegator, role, classifier, may) => {
    expect(isDelegated(delegator, [role], classifier)).toBe(may);
  });

  test.each<[string[], Role, string[], boolean]>([
    [[], 'member', [], true],
    [['cheese'], 'member', [], false],
    [['cheese'], 'admin', [], false],
    [[''], 'admin', [], true],
    [['', 'cheese'], 'inviting-member', [], true],
    [[''], 'member', [], false],
    [['a', 'b'], 'member', ['a', 'b'], true],
    [['a', 'b'], 'member', ['a', 'c'], false],
  ])('%j lets %s have the list %j: %s', (delegator, role, classifiers, may) => {
    expect(isListDelegated(delegator, [role], classifiers)).toBe(may);
  });
});

import { describe, expect, test } from 'vitest';
import { packCertificates, unpackCertificates } from '#fallback/certificates/certificate-bag';
import { validateChain } from '#fallback/certificates/certificate-chain';
import {
  issueMemberCertificate,
  issueRootCertificate,
  readGroupCertificate,
} from '#fallback/certificates/group-certificate';
import { type Role, roleBytes, roleFromBytes } from '#fallback/certificates/roles';
import { readPrivateKey } from '#fallback/certificates/rsa-key';
import { timeFault } from '#fallback/certificates/validate-certificate';
import { filetimeFromDate } from '#fallback/wire/filetime';
import { Readings } from '#fallback/wire/readings';
import { keyOf, NOW, vectors, work } from '../identity/host-double.ts';
import { mutate } from '../wire/mutations.mjs';

const { group, creator, member } = vectors;
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hexOf = (der: Uint8Array) => Buffer.from(der).toString('hex');
const span = {
  notBefore: filetimeFromDate(new Date('2024-01-01T00:00:00Z')),
  notAfter: filetimeFromDate(new Date('3024-01-01T00:00:00Z')),
};

function keys(numbers: Parameters<typeof keyOf>[0]) {
  const privateKey = keyOf(numbers);
  return { privateKey, publicKey: readPrivateKey(privateKey)?.publicKey ?? new Uint8Array() };
}

/** The host that draws the serial number of a vector. */
function drawing(serial: string) {
  return { work, random: { bytes: () => bytes(serial), below: () => Number.parseInt(serial.slice(0, 2), 16) - 1 } };
}

function root(readings: Record<string, string> = {}): Promise<Uint8Array> {
  const options = { ...keys(group.key), ...span, groupName: group.peerName, friendlyName: 'Sample Group' };
  return issueRootCertificate(options, drawing('1101010101010101010101010101010f'), new Readings(readings));
}

function membership(issuer: Uint8Array, readings: Record<string, string> = {}): Promise<Uint8Array> {
  const options = {
    ...span,
    peerName: creator.peerName,
    friendlyName: 'Creator',
    publicKey: keys(creator.key).publicKey,
    roles: ['admin'] as const,
    classifiers: [],
    issuer: readGroupCertificate(issuer),
    issuerKey: keyOf(group.key),
  };
  return issueMemberCertificate(options, drawing('1202020202020202020202020202020f'), new Readings(readings));
}

function invitation(issuer: Uint8Array, readings: Record<string, string> = {}): Promise<Uint8Array> {
  const options = {
    ...span,
    peerName: member.peerName,
    friendlyName: 'Member',
    publicKey: keys(member.key).publicKey,
    roles: ['member'] as const,
    classifiers: ['participant'],
    issuer: readGroupCertificate(issuer),
    issuerKey: keyOf(creator.key),
  };
  return issueMemberCertificate(options, drawing('1303030303030303030303030303030f'), new Readings(readings));
}

describe('the vectors', () => {
  test('GRC, GMC of the creator and GMC of the member, byte for byte', async () => {
    expect(hexOf(await root())).toBe(group.root);
    expect(hexOf(await membership(bytes(group.root)))).toBe(creator.membership);
    expect(hexOf(await invitation(bytes(creator.membership)))).toBe(group.member);
  });

  test('the bags', () => {
    expect(hexOf(packCertificates([bytes(group.root), bytes(creator.membership)]))).toBe(creator.chain);
    const all = [bytes(group.root), bytes(creator.membership), bytes(group.member)];
    expect(hexOf(packCertificates(all))).toBe(group.chain);
  });

  test('say what they were made of', () => {
    const { peerName: groupName } = group;
    expect(readGroupCertificate(bytes(group.root))).toMatchObject({
      type: 'root',
      subjectName: groupName,
      issuerName: undefined,
      groupName,
      roles: [],
      classifiers: [],
    });
    expect(readGroupCertificate(bytes(creator.membership))).toMatchObject({
      type: 'member',
      subjectName: creator.peerName,
      issuerName: groupName,
      groupName,
      roles: ['admin'],
      roleOrder: 'in-memory',
      classifiers: [],
    });
    expect(readGroupCertificate(bytes(group.member))).toMatchObject({
      type: 'member',
      subjectName: member.peerName,
      issuerName: creator.peerName,
      groupName,
      roles: ['member'],
      classifiers: ['participant'],
    });
  });

  test('are chains that hold', async () => {
    for (const [hex, subjects] of [
      [creator.chain, [group.peerName, creator.peerName]],
      [group.chain, [group.peerName, creator.peerName, member.peerName]],
    ] as const) {
      const chain = await validateChain(bytes(hex), NOW, work);
      if ('fault' in chain) throw new Error(chain.fault);
      expect(chain.certificates.map(({ subjectName }) => subjectName)).toEqual(subjects);
      expect(chain.root.groupName).toBe(group.peerName);
      expect(chain.leaf.subjectName).toBe(subjects.at(-1));
    }
  });
});

describe('roles', () => {
  const NAMES: readonly Role[] = ['admin', 'inviting-member', 'member'];

  test.each(NAMES)('%s in both orders', (role) => {
    for (const order of ['text', 'in-memory'] as const) {
      expect(roleFromBytes(roleBytes(role, order))).toEqual({ role, order });
    }
  });

  test('the other UUID of the inviting member, which is never written', () => {
    const printed = 'dd15f41ffc4e4922b0354c06a754d01d';
    expect(roleFromBytes(bytes(printed))).toEqual({ role: 'inviting-member', order: 'text' });
    expect(roleFromBytes(bytes('1ff415dd4efc2249b0354c06a754d01d'))?.role).toBe('inviting-member');
    expect(hexOf(roleBytes('inviting-member', 'text'))).not.toBe(printed);
  });

  test('unknown bytes are none', () => {
    expect(roleFromBytes(new Uint8Array(16))).toBeUndefined();
    expect(roleFromBytes(new Uint8Array())).toBeUndefined();
  });
});

describe('readings', () => {
  const peerName = Buffer.from(creator.peerName).toString('hex');

  test.each([
    ['certificates.roles', 'in-memory', '04102771380456aa0a458ce54f565c6790f4'],
    ['certificates.roles', 'text', '041004387127aa56450a8ce54f565c6790f4'],
    ['certificates.grouping-flags', 'critical', '3017060a2b0601040182372c03020101ff0406040400000000'],
    ['certificates.grouping-flags', 'not-critical', '3014060a2b0601040182372c03020406040400000000'],
    ['certificates.authority-key', 'key-hash', '0603551d23041830168014fdf5ac43'],
    ['certificates.alt-names', '2.5.29.7', '304f0603551d0804483046'],
    ['certificates.alt-names', '2.5.29.17', '304f0603551d1204483046'],
    ['certificates.alt-names-critical', 'no', '304b0603551d0704443042'],
    ['certificates.alt-names-critical', 'yes', '304e0603551d070101ff04443042'],
    ['certificates.terminator', 'absent', `0c30${peerName}3`],
    ['certificates.terminator', 'present', `0c31${peerName}003`],
  ])('reading %s = %s', async (id, candidate, written) => {
    const first = await root({ [id]: candidate });
    const second = await membership(first, { [id]: candidate });
    expect(hexOf(second)).toContain(written);
    const chain = await validateChain(packCertificates([first, second]), NOW, work);
    expect(chain).toMatchObject({ leaf: { subjectName: creator.peerName, issuerName: group.peerName } });
  });

  test.each([
    ['certificates.grouping-flags', 'absent', '2b0601040182372c0302'],
    ['certificates.authority-key', 'absent', '0603551d23'],
  ])('reading %s = %s', async (id, candidate, left) => {
    const first = await root({ [id]: candidate });
    const second = await membership(first, { [id]: candidate });
    expect(hexOf(first) + hexOf(second)).not.toContain(left);
    expect(await validateChain(packCertificates([first, second]), NOW, work)).toHaveProperty('leaf');
  });

  test('a chain goes on in the order of roles in which it began', async () => {
    const first = await membership(bytes(group.root), { 'certificates.roles': 'text' });
    const next = await invitation(first);
    expect(readGroupCertificate(next)).toMatchObject({ roles: ['member'], roleOrder: 'text' });
  });
});

describe('20,000 mutations give a value or a DecodeError', () => {
  test('of bags', () => {
    // The bag leaves what it holds unread, so short elements will do for certificates.
    const bag = packCertificates(['3000', '3003020101', '30070603551d070500'].map(bytes));
    const withLists = bytes(
      '303706092a864886f70d010702a02a30280201013100300b06092a864886f70d010701a0103000300302010130070603551d070500a1003100',
    );
    expect(unpackCertificates(withLists)).toHaveLength(3);
    mutate(21, [bag, withLists], 14_000, unpackCertificates);
  });

  test('of certificates, their extensions and times', () => {
    const certificates = [bytes(group.root), bytes(creator.membership), bytes(group.member)];
    mutate(22, certificates, 6000, (input) => timeFault(readGroupCertificate(input).certificate, NOW));
  });
});

// What judges the certificate chains of strangers: the decoder with its seeds, which are made here, and the modules that
// are to be gone through.
import { readFileSync } from 'node:fs';
import { decodeCertificate, signCertificate } from '#fallback/certificates/certificate';
import { packCertificates } from '#fallback/certificates/certificate-bag';
import { validateChain } from '#fallback/certificates/certificate-chain';
import {
  certificateType,
  GROUPING_FLAGS,
  issuerName,
  SUBJECT_ALT_NAME,
  subjectNames,
} from '#fallback/certificates/extensions';
import {
  issueMemberCertificate,
  issueRootCertificate,
  readGroupCertificate,
} from '#fallback/certificates/group-certificate';
import { classifierList, groupName, roleList } from '#fallback/certificates/group-extensions';
import { authorityOf, readPrivateKey } from '#fallback/certificates/rsa-key';
import { readValues, Tag } from '#fallback/certificates/tlv';
import { seededRsaKey } from '#fallback/runtime/virtual/rsa-key';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import { realWork } from '#fallback/runtime/work';
import { DecodeError } from '#fallback/wire/decode-error';
import { filetimeFromDate } from '#fallback/wire/filetime';
import { Readings } from '#fallback/wire/readings';

/** @typedef {import('#fallback/certificates/certificate').CertificateContent} Content */
/** @typedef {import('#fallback/certificates/certificate').CertificateExtension} Extension */

const { group } = JSON.parse(readFileSync(new URL('../test/vectors/grouping.json', import.meta.url), 'utf8'));
/** @param {string} hex */
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

const readings = new Readings();
const work = realWork();
const host = { work, random: new SeededRandom('certificates') };
const date = (/** @type {string} */ text) => filetimeFromDate(new Date(text));
const SPAN = { notBefore: date('2024-01-01'), notAfter: date('3024-01-01') };
const NOW = date('2026-01-01');

/** @param {string} friendlyName @param {number} [bits] */
function party(friendlyName, bits = 1024) {
  const key = readPrivateKey(seededRsaKey(bits, new SeededRandom(friendlyName)));
  if (key === undefined) throw new Error('no key');
  const { pkcs8: privateKey, publicKey } = key;
  return { friendlyName, peerName: `${authorityOf(publicKey)}.${friendlyName}`, privateKey, publicKey };
}

const PARTIES = { group: party('Group'), admin: party('Admin'), member: party('Member') };
/** Root, an admin and who was invited by that one. */
const CHAIN = [
  await issueRootCertificate({ ...PARTIES.group, ...SPAN, groupName: PARTIES.group.peerName }, host, readings),
];
for (const [issuer, holder, roles, classifiers] of /** @type {const} */ ([
  [PARTIES.group, PARTIES.admin, ['admin'], ['part']],
  [PARTIES.admin, PARTIES.member, ['member'], ['part of it']],
])) {
  const [parent] = CHAIN.slice(-1).map(readGroupCertificate);
  if (parent === undefined) throw new Error('no parent');
  const options = { ...holder, ...SPAN, roles, classifiers, issuer: parent, issuerKey: issuer.privateKey };
  CHAIN.push(await issueMemberCertificate(options, host, readings));
}

/** @param {Extension[]} fresh @returns {Change} */
const put =
  (...fresh) =>
  ({ extensions }) => ({
    extensions: [...extensions.filter(({ oid }) => !fresh.some((each) => each.oid === oid)), ...fresh],
  });
/** @typedef {(content: Content) => Partial<Content>} Change */
/**
 * What damage hardly brings about: something else about the root, the admin or the member, signed, since nothing but that
 * is to be wrong.
 *
 * @type {Partial<Record<0 | 1 | 2, Change>>[]}
 */
const CHANGES = [
  { 2: () => ({ serial: Uint8Array.of(1, 2) }) },
  { 2: () => ({ subject: 'x'.repeat(256) }) },
  { 2: () => ({ issuer: 'x'.repeat(256) }) },
  { 2: () => ({ publicKey: party('Large', 2048).publicKey }) },
  { 2: () => ({ notAfter: new Date('2025-01-01') }) },
  { 2: () => ({ notBefore: new Date('2027-01-01') }) },
  { 2: ({ extensions }) => ({ extensions: [...extensions, ...extensions.slice(0, 1)] }) },
  { 2: ({ extensions }) => ({ extensions: extensions.filter(({ oid }) => oid !== SUBJECT_ALT_NAME) }) },
  { 2: put({ oid: '2.5.29.19', critical: true, value: bytes('3000') }) },
  { 2: put({ oid: GROUPING_FLAGS, critical: true, value: bytes('040401000000') }) },
  { 2: put(...subjectNames(`0.${'x'.repeat(300)}`, undefined, readings)) },
  { 2: put(...subjectNames('0.Member', undefined, readings)) },
  { 2: put(groupName(PARTIES.admin.peerName, readings)) },
  { 2: put(classifierList([], readings)) },
  { 2: put(roleList(['inviting-member'], 'text'), classifierList(['part', 'other'], readings)) },
  { 2: put(certificateType('root')) },
  { 1: put(roleList(['member'], 'text')) },
  { 0: put(...subjectNames('0.Root', undefined, readings)), 1: put(issuerName('0.Root', readings)) },
];
const SIGNERS = [PARTIES.group, PARTIES.group, PARTIES.admin];
const CHAINS = await Promise.all(
  CHANGES.map((changes) =>
    Promise.all(
      CHAIN.map((der, index) => {
        const change = changes[/** @type {0 | 1 | 2} */ (index)];
        const { privateKey = bytes('') } = SIGNERS[index] ?? {};
        const content = decodeCertificate(der);
        return change ? signCertificate({ ...content, ...change(content) }, privateKey, work, readings) : der;
      }),
    ),
  ),
);

/** A bag of whatever is to be its certificates. @param {Uint8Array} certificates */
const bagOf = (certificates) => packCertificates([certificates]);

/** Where each of the values that stand side by side begins. @param {Uint8Array} values */
function startsOf(values) {
  return readValues(values, 'seed').map(({ whole }) => whole.byteOffset - values.byteOffset);
}

/** @type {import('./hostile-mutations.bench.mjs').Group} */
export const certificateChain = {
  decoders: [
    {
      name: 'certificate chain',
      seeds: [
        bytes(group.chain),
        ...[CHAIN, CHAIN, CHAIN, CHAIN, ...CHAINS].map((chain) => new Uint8Array(Buffer.concat(chain))),
      ],
      boundaries: startsOf,
      // Damaged bags as they are; damaged certificates in a bag that is sound.
      async decode(input) {
        const bag = input[4] === Tag.OBJECT_IDENTIFIER ? input : bagOf(input);
        const chain = await validateChain(bag, NOW, work);
        if (!('fault' in chain) || chain.fault !== 'malformed') return chain;
        throw new DecodeError('certificate chain', 0, String(chain.detail));
      },
    },
  ],
  whole: ['certificates/certificate-chain.js'],
  entered: ['certificates/validate-certificate.js'],
};

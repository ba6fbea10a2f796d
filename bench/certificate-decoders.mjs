// What reads certificates of strangers: each decoder with its seeds, and the modules that are to be gone through.
import { readFileSync } from 'node:fs';
import { decodeCertificate, signCertificate } from '#fallback/certificates/certificate';
import { packCertificates, unpackCertificates } from '#fallback/certificates/certificate-bag';
import { validateChain } from '#fallback/certificates/certificate-chain';
import { certificateType, SUBJECT_ALT_NAME, subjectNames } from '#fallback/certificates/extensions';
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
/** @typedef {import('#fallback/certificates/roles').Role} Role */
/** @typedef {import('./hostile-mutations.bench.mjs').Group} Group */

const { group, creator, member } = JSON.parse(
  readFileSync(new URL('../test/vectors/grouping.json', import.meta.url), 'utf8'),
);
/** @param {string} hex */
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
/** A bag leaves what it holds unread, so short elements will do for certificates: three, and one more than there may be. */
const BAGS = [3, 26].map((count) => packCertificates(Array.from({ length: count }, () => bytes('30070603551d070500'))));

/** @type {Group} */
export const certificateBag = {
  decoders: [{ name: 'certificate bag', seeds: [...BAGS, bytes(group.chain)], decode: unpackCertificates }],
  whole: ['certificates/tlv.js'],
  entered: ['certificates/certificate-bag.js'],
};

/** @type {Group} */
export const certificate = {
  decoders: [
    {
      name: 'certificate',
      seeds: [group.root, creator.membership, group.member, member.certificate].map(bytes),
      decode: readGroupCertificate,
    },
  ],
  whole: ['certificates/tlv.js'],
  entered: ['asn1', 'certificate', 'extensions', 'general-names', 'group-certificate', 'group-extensions', 'roles'].map(
    (name) => `certificates/${name}.js`,
  ),
};

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

/** The chain with something else about its last certificate; signed, since nothing else than that is to be wrong. */
const put =
  (/** @type {Extension[]} */ ...fresh) =>
  (/** @type {Content} */ { extensions }) => ({
    extensions: [...extensions.filter(({ oid }) => !fresh.some((each) => each.oid === oid)), ...fresh],
  });
/** What damage alone hardly brings about. @type {((content: Content) => Partial<Content>)[]} */
const CHANGES = [
  () => ({ serial: Uint8Array.of(1, 2) }),
  () => ({ subject: 'x'.repeat(256) }),
  () => ({ issuer: 'x'.repeat(256) }),
  () => ({ publicKey: party('Large', 2048).publicKey }),
  () => ({ notAfter: new Date('2025-01-01') }),
  () => ({ notBefore: new Date('2027-01-01') }),
  ({ extensions }) => ({ extensions: [...extensions, ...extensions.slice(0, 1)] }),
  put({ oid: '2.5.29.19', critical: true, value: bytes('3000') }),
  put(...subjectNames(`0.${'x'.repeat(300)}`, undefined, readings)),
  put(...subjectNames('0.Member', undefined, readings)),
  put(groupName(PARTIES.admin.peerName, readings)),
  put(roleList(['inviting-member', 'admin'], 'text')),
  put(roleList(['inviting-member'], 'text'), classifierList(['part', 'other'], readings)),
  put(classifierList([], readings)),
  put(certificateType('root')),
  ({ extensions }) => ({ extensions: extensions.filter(({ oid }) => oid !== SUBJECT_ALT_NAME) }),
];
const [last = new Uint8Array()] = CHAIN.slice(-1);
const content = decodeCertificate(last);
const CHAINS = await Promise.all(
  CHANGES.map(async (change) => [
    ...CHAIN.slice(0, -1),
    await signCertificate({ ...content, ...change(content) }, PARTIES.admin.privateKey, work, readings),
  ]),
);

/** A bag of whatever is to be its certificates. @param {Uint8Array} certificates */
const bagOf = (certificates) => packCertificates([certificates]);

/** Where each of the values that stand side by side begins. @param {Uint8Array} values */
function startsOf(values) {
  return readValues(values, 'seed').map(({ whole }) => whole.byteOffset - values.byteOffset);
}

/** @type {Group} */
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
  entered: ['certificates/validate-certificate.js', 'certificates/rsa-key.js'],
};

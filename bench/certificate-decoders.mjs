// What reads single certificates of strangers, and bags of them: each decoder with its seeds, and the modules that are
// to be gone through. Nothing here makes a certificate, which would count as well.
import { readFileSync } from 'node:fs';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import { packCertificates, unpackCertificates } from '#fallback/certificates/certificate-bag';
import { readGroupCertificate } from '#fallback/certificates/group-certificate';
import { Tag, writeValue } from '#fallback/certificates/tlv';

/** @typedef {import('./hostile-mutations.bench.mjs').Group} Group */

/** ASN.1's tag. */
const OCTET_STRING = 4;

const { group, creator, member } = JSON.parse(
  readFileSync(new URL('../test/vectors/grouping.json', import.meta.url), 'utf8'),
);
/** @param {string} hex */
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
/** A bag leaves what it holds unread, so short values will do for certificates: three, and one more than there may be. */
const BAGS = [3, 26].map((count) => packCertificates(Array.from({ length: count }, () => bytes('30070603551d070500'))));
/** Nothing at all, deeper than anything may be, and more than there may be of anything. */
const MONSTERS = [
  bytes('300b06092a864886f70d010702'),
  bytes('3080'.repeat(50) + '0000'.repeat(50)),
  writeValue(Tag.SEQUENCE, bytes('0500'.repeat(5001))),
];

/** @type {Group} */
export const certificateBag = {
  decoders: [
    {
      name: 'certificate bag',
      seeds: [...BAGS, bytes(group.chain), bytes(group.root), ...MONSTERS],
      decode: unpackCertificates,
    },
  ],
  whole: ['certificates/tlv.js'],
  entered: ['certificates/certificate-bag.js'],
};

/** The number of each of its extensions in another form. @param {Uint8Array} der @param {(number: Uint8Array) => Uint8Array} form */
function withNumbers(der, form) {
  const certificate = AsnConvert.parse(der, Certificate);
  for (const extension of certificate.tbsCertificate.extensions ?? []) {
    const value = new Uint8Array(extension.extnValue.buffer);
    if (value.length === 6 && value[0] === OCTET_STRING) extension.extnValue = new OctetString(form(value.slice(2)));
  }
  return new Uint8Array(AsnConvert.serialize(certificate));
}

const CERTIFICATES = [group.root, creator.membership, group.member, member.certificate].map(bytes);

/** @type {Group} */
export const certificate = {
  decoders: [
    {
      name: 'certificate',
      seeds: [
        ...CERTIFICATES,
        // Bare, as some have them, and too short.
        withNumbers(bytes(group.member), (number) => number),
        withNumbers(bytes(group.member), (number) => writeValue(OCTET_STRING, number.slice(1))),
      ],
      decode: readGroupCertificate,
    },
  ],
  whole: [],
  entered: ['asn1', 'certificate', 'extensions', 'general-names', 'group-certificate', 'group-extensions', 'roles'].map(
    (name) => `certificates/${name}.js`,
  ),
};

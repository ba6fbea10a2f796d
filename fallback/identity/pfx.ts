import { createHmac, timingSafeEqual } from 'node:crypto';
import { ContentInfo, EncryptedContent, EncryptedContentInfo } from '@peculiar/asn1-cms';
import {
  AuthenticatedSafe,
  CertBag,
  id_certBag,
  id_pkcs8ShroudedKeyBag,
  id_x509Certificate,
  MacData,
  PFX,
  PKCS8ShroudedKeyBag,
  PKCS12Attribute,
  SafeBag,
  SafeContents,
} from '@peculiar/asn1-pfx';
import { AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import type { Random } from '../../lib/backend/contract/host.js';
import { arrayBuffer, parseAsn1, serializeAsn1 } from '../certificates/asn1.js';
import { readPrivateKey } from '../certificates/rsa-key.js';
import { DecodeError } from '../wire/decode-error.js';
import type { Candidate } from '../wire/readings.js';
import {
  decryptWithPassword,
  type Encrypted,
  type EncryptionScheme,
  encryptWithPassword,
  ITERATIONS,
  type MacHash,
  macKey,
} from './password-encryption.js';

/* The PFX inside a PEERIDENTITYEXPORT, RFC 7292: the key in a plain safe, the certificate in an encrypted one. */

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';

/** The export has two; a foreign one may keep each item apart. Each costs a derivation of keys. */
const SAFES_LIMIT = 4;
const BAGS_LIMIT = 4;

const MAC_HASHES: Readonly<Record<string, MacHash>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const SCHEMES = {
  '3des-rc2': { key: '3des', certificate: 'rc2-40', mac: '1.3.14.3.2.26' },
  '3des': { key: '3des', certificate: '3des', mac: '1.3.14.3.2.26' },
  aes: { key: 'aes-256', certificate: 'aes-256', mac: '2.16.840.1.101.3.4.2.1' },
} as const satisfies Record<
  Candidate<'identity.export-ciphers'>,
  { key: EncryptionScheme; certificate: EncryptionScheme; mac: string }
>;

/** RFC 5652 section 8. */
class EncryptedData {
  version = 0;
  content = new EncryptedContentInfo();
}
AsnProp({ type: AsnPropTypes.Integer })(EncryptedData.prototype, 'version');
AsnProp({ type: EncryptedContentInfo })(EncryptedData.prototype, 'content');

export interface PfxContents {
  /** DER. */
  readonly certificate: Uint8Array;
  /** PKCS#8, DER. */
  readonly privateKey: Uint8Array;
}

export function sealPfx(
  contents: PfxContents,
  password: string,
  ciphers: Candidate<'identity.export-ciphers'>,
  random: Random,
): Uint8Array {
  const schemes = SCHEMES[ciphers];
  const key = encryptWithPassword(schemes.key, password, contents.privateKey, random);
  const keySafe = safeOf(
    id_pkcs8ShroudedKeyBag,
    new PKCS8ShroudedKeyBag({ encryptionAlgorithm: key.algorithm, encryptedData: new OctetString(key.bytes) }),
  );
  const certificate = new OctetString(contents.certificate);
  const certificateSafe = safeOf(
    id_certBag,
    new CertBag({ certId: id_x509Certificate, certValue: arrayBuffer(serializeAsn1(certificate)) }),
  );
  const safes = new AuthenticatedSafe([
    dataContent(keySafe),
    encryptedContent(encryptWithPassword(schemes.certificate, password, certificateSafe, random)),
  ]);
  const bytes = serializeAsn1(safes);
  return serializeAsn1(
    new PFX({ version: 3, authSafe: dataContent(bytes), macData: macOf(bytes, password, schemes.mac, random) }),
  );
}

/** The one private key and its certificate; whatever else keeps the file from opening is a DecodeError. */
export function openPfx(bytes: Uint8Array, password: string): PfxContents {
  const pfx = parseAsn1(bytes, PFX, 'PFX');
  const safeBytes = dataOf(pfx.authSafe);
  checkMac(pfx.macData, safeBytes, password);
  const safes = [...parseAsn1(safeBytes, AuthenticatedSafe, 'AuthenticatedSafe')];
  limit('AuthenticatedSafe', safes.length, SAFES_LIMIT);
  const bags = safes.flatMap((safe) => [...parseAsn1(openSafe(safe, password), SafeContents, 'SafeContents')]);
  limit('SafeContents', bags.length, BAGS_LIMIT);
  const [shrouded, second] = bags.filter((bag) => bag.bagId === id_pkcs8ShroudedKeyBag);
  if (shrouded === undefined || second !== undefined)
    throw new DecodeError('SafeBag', 0, 'there is not exactly one key');
  const certificates = bags.filter((bag) => bag.bagId === id_certBag).map(certificateOf);
  const [certificate] = certificates;
  if (certificate === undefined || certificates.length > 1) {
    throw new DecodeError('SafeBag', 0, 'there is not exactly one certificate');
  }
  return { certificate, privateKey: privateKeyOf(shrouded, password) };
}

function privateKeyOf(bag: SafeBag, password: string): Uint8Array {
  const { encryptionAlgorithm, encryptedData } = parseAsn1(bag.bagValue, PKCS8ShroudedKeyBag, 'PKCS8ShroudedKeyBag');
  const encrypted = { algorithm: encryptionAlgorithm, bytes: new Uint8Array(encryptedData.buffer) };
  const key = readPrivateKey(decryptWithPassword(encrypted, password));
  if (key === undefined) throw new DecodeError('PKCS8ShroudedKeyBag', 0, 'it holds no RSA key');
  return key.pkcs8;
}

function certificateOf(bag: SafeBag): Uint8Array {
  const { certId, certValue } = parseAsn1(bag.bagValue, CertBag, 'CertBag');
  if (certId !== id_x509Certificate) throw new DecodeError('certId', 0, `${certId} is not X.509`);
  return new Uint8Array(parseAsn1(certValue, OctetString, 'certValue').buffer);
}

function openSafe(safe: ContentInfo, password: string): Uint8Array {
  if (safe.contentType !== ENCRYPTED_DATA) return dataOf(safe);
  const { content } = parseAsn1(safe.content, EncryptedData, 'EncryptedData');
  const bytes = contentBytes(content.encryptedContent);
  return decryptWithPassword({ algorithm: content.contentEncryptionAlgorithm, bytes }, password);
}

/** BER may cut the text into pieces. */
function contentBytes(content: EncryptedContent | undefined): Uint8Array {
  if (content?.value !== undefined) return new Uint8Array(content.value.buffer);
  return Buffer.concat((content?.constructedValue ?? []).map((part) => new Uint8Array(part.buffer)));
}

function dataOf(content: ContentInfo): Uint8Array {
  if (content.contentType !== DATA) throw new DecodeError('contentType', 0, `${content.contentType} is not data`);
  return new Uint8Array(parseAsn1(content.content, OctetString, 'content').buffer);
}

function checkMac(data: MacData | undefined, bytes: Uint8Array, password: string): void {
  const hash = MAC_HASHES[data?.mac?.digestAlgorithm.algorithm ?? ''];
  if (data === undefined || hash === undefined) throw new DecodeError('macData', 0, 'the file has no known MAC');
  const key = macKey(hash, password, new Uint8Array(data.macSalt.buffer), data.iterations);
  const expected = createHmac(hash, key).update(bytes).digest();
  const given = new Uint8Array(data.mac.digest.buffer);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new DecodeError('macData', 0, 'the password is wrong, or the file was changed');
  }
}

/** As Windows writes it: the algorithm without parameters, a salt of 20 bytes. */
function macOf(bytes: Uint8Array, password: string, oid: string, random: Random): MacData {
  const salt = random.bytes(20);
  const hash = MAC_HASHES[oid] ?? 'sha1';
  const digest = createHmac(hash, macKey(hash, password, salt, ITERATIONS))
    .update(bytes)
    .digest();
  const data = new MacData({ macSalt: new OctetString(salt), iterations: ITERATIONS });
  data.mac.digestAlgorithm = new AlgorithmIdentifier({ algorithm: oid });
  data.mac.digest = new OctetString(digest);
  return data;
}

/** One bag; the identifier that both carry tells Windows that key and certificate belong together. */
function safeOf(bagId: string, value: object): Uint8Array {
  const bag = new SafeBag({ bagId, bagValue: arrayBuffer(serializeAsn1(value)) });
  const identifier = arrayBuffer(serializeAsn1(new OctetString(Uint8Array.of(1, 0, 0, 0))));
  // The constructor of PKCS12Attribute loses what it is given.
  bag.bagAttributes = [Object.assign(new PKCS12Attribute(), { attrId: LOCAL_KEY_ID, attrValues: [identifier] })];
  return serializeAsn1(new SafeContents([bag]));
}

function dataContent(bytes: Uint8Array): ContentInfo {
  return new ContentInfo({ contentType: DATA, content: arrayBuffer(serializeAsn1(new OctetString(bytes))) });
}

function encryptedContent(encrypted: Encrypted): ContentInfo {
  const data = new EncryptedData();
  data.content = new EncryptedContentInfo({
    contentType: DATA,
    contentEncryptionAlgorithm: encrypted.algorithm,
    encryptedContent: new EncryptedContent({ value: new OctetString(encrypted.bytes) }),
  });
  return new ContentInfo({ contentType: ENCRYPTED_DATA, content: arrayBuffer(serializeAsn1(data)) });
}

function limit(field: string, count: number, most: number): void {
  if (count > most) throw new DecodeError(field, 0, `${count} elements, at most ${most} are read`);
}

import { type ByteOrder, reversedHex } from '../wire/byte-order.js';
import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import type { Codec } from '../wire/codec.js';
import { DecodeError } from '../wire/decode-error.js';
import type { PackedAddress } from '../wire/ipv6.js';
import type { Readings } from '../wire/readings.js';
import {
  ADDRESS_LENGTH,
  CPA_VERSION_MAJOR,
  CPA_VERSION_MINOR,
  CpaFlag,
  HASH_LENGTH,
  Limit,
  NONCE_LENGTH,
  PAYLOAD_TYPE_ENDPOINTS,
  PUBLIC_KEY_LENGTH,
  RSA_ENCRYPTION,
  VERSION_MAJOR,
  VERSION_MINOR,
} from './constants.js';
import { type Ipv6Endpoint, ipv6Endpoint } from './route-entry.js';
import { SIGNATURE_LENGTH, signatureCodec } from './signature.js';
import { type EncodedText, readText, textLength, writeText } from './text.js';

/** Certified Peer Address: who says that a name is at these endpoints. [MS-PNRP] 2.2.3.1. */
export interface Cpa {
  /** R: the name is no longer registered. */
  readonly revoke: boolean;
  /** X: there is an extended payload. */
  readonly hasExtendedPayload: boolean;
  /** FILETIME ticks. */
  readonly notAfter: bigint;
  /** The lower half of the PNRP ID: 32 hexadecimal digits, most significant first. */
  readonly serviceLocation: string;
  /** Of the INQUIRE; zeros where it had none and in a revoke CPA. */
  readonly nonce: Uint8Array;
  /** Of secure names: 40 hexadecimal digits, as in the peer name if the reading is right; see `sameAuthority`. */
  readonly binaryAuthority?: string | undefined;
  /** SHA-1 of the classifier; only secure names can lack one. */
  readonly classifierHash?: Uint8Array | undefined;
  /** 1 to 78 bytes. */
  readonly friendlyName?: EncodedText | undefined;
  /** Service Address List: where the publishing node listens; up to 4, none only in a revoke CPA. */
  readonly serviceAddresses: readonly Ipv6Endpoint[];
  /** PAYLOAD: where the application listens; up to 10. */
  readonly applicationEndpoints: readonly ApplicationEndpoint[];
  /** PublicKey Data: DER RSAPublicKey, 140 bytes. */
  readonly publicKey: Uint8Array;
  /** 128 bytes; what is signed is `toBeSigned` of the encoding. */
  readonly signature: Uint8Array;
}

/** IPV6_APP_ENDPOINT. [MS-PNRP] 2.2.3.1.3. */
export interface ApplicationEndpoint {
  readonly address: PackedAddress;
  readonly port: number;
  /** IANA protocol number. */
  readonly protocol: number;
}

/** From CPA Length to Nonce. */
const FIXED_LENGTH = 48;
const SERVICE_ADDRESS_LENGTH = 2 + ADDRESS_LENGTH;
const APPLICATION_ENDPOINT_LENGTH = ADDRESS_LENGTH + 4;
/** Type and DataLength of the PAYLOAD. */
const PAYLOAD_HEADER_LENGTH = 6;
const PUBLIC_KEY_FIELD_LENGTH = 9 + RSA_ENCRYPTION.length + PUBLIC_KEY_LENGTH;

/** Encoded CPA. [MS-PNRP] 2.2.3.1. */
export function cpaCodec(readings: Readings): Codec<Cpa> {
  // UNCONFIRMED: pnrp.binary-authority
  const storedAuthority = readings.get('pnrp.binary-authority') === 'reversed' ? reversedHex : (hex: string) => hex;
  // UNCONFIRMED: pnrp.friendly-name
  const textOrder = readings.get('pnrp.friendly-name');
  // UNCONFIRMED: pnrp.application-port
  const portOrder = readings.get('pnrp.application-port');
  const signature = signatureCodec(readings);

  function readFrom(
    reader: ByteReader,
    flags: number,
    notAfter: bigint,
    serviceLocation: string,
    nonce: Uint8Array,
  ): Cpa {
    const has = (flag: number): boolean => (flags & flag) !== 0;
    const cpa: Cpa = {
      revoke: has(CpaFlag.R),
      hasExtendedPayload: has(CpaFlag.X),
      notAfter,
      serviceLocation,
      nonce,
      binaryAuthority: has(CpaFlag.A) ? storedAuthority(reader.hex(HASH_LENGTH, 'BinaryAuthority')) : undefined,
      classifierHash: has(CpaFlag.C) ? reader.bytes(HASH_LENGTH, 'ClassifierHash') : undefined,
      friendlyName: has(CpaFlag.F) ? readFriendlyName(reader, has(CpaFlag.U), textOrder) : undefined,
      serviceAddresses: readServiceAddresses(reader, has(CpaFlag.R) ? 0 : 1),
      applicationEndpoints: readPayload(reader, portOrder),
      publicKey: readPublicKey(reader),
      signature: signature.read(reader),
    };
    if (reader.remaining > 0) reader.fail('CPA Length', `counts ${reader.remaining} bytes too many`);
    return cpa;
  }

  const codec: Codec<Cpa> = {
    name: 'Encoded CPA',
    length: (cpa) =>
      FIXED_LENGTH +
      (cpa.binaryAuthority === undefined ? 0 : HASH_LENGTH) +
      (cpa.classifierHash === undefined ? 0 : HASH_LENGTH) +
      (cpa.friendlyName === undefined ? 0 : 2 + textLength(cpa.friendlyName)) +
      4 +
      SERVICE_ADDRESS_LENGTH * cpa.serviceAddresses.length +
      payloadLength(cpa.applicationEndpoints) +
      PUBLIC_KEY_FIELD_LENGTH +
      SIGNATURE_LENGTH,
    write(writer, cpa) {
      writer.u16le(codec.length(cpa));
      writer.u8(CPA_VERSION_MINOR);
      writer.u8(CPA_VERSION_MAJOR);
      writer.u8(VERSION_MINOR);
      writer.u8(VERSION_MAJOR);
      writer.u8(flagsOf(cpa));
      writer.u8(0); // Reserved
      writer.u64le(cpa.notAfter);
      writer.hex(reversedHex(cpa.serviceLocation), 16);
      writer.bytes(cpa.nonce);
      if (cpa.binaryAuthority !== undefined) writer.hex(storedAuthority(cpa.binaryAuthority), HASH_LENGTH);
      if (cpa.classifierHash !== undefined) writer.bytes(cpa.classifierHash);
      if (cpa.friendlyName !== undefined) {
        writer.u16le(textLength(cpa.friendlyName));
        writeText(writer, cpa.friendlyName, textOrder);
      }
      writeServiceAddresses(writer, cpa.serviceAddresses);
      writePayload(writer, cpa.applicationEndpoints, portOrder);
      writePublicKey(writer, cpa.publicKey);
      signature.write(writer, cpa.signature);
    },
    read(outer) {
      const length = outer.u16le('CPA Length');
      if (length < FIXED_LENGTH) outer.fail('CPA Length', `is ${length}`);
      const reader = outer.sub(length - 2, 'Encoded CPA');
      expectVersion(reader, 'Cpa Version', CPA_VERSION_MINOR, CPA_VERSION_MAJOR);
      expectVersion(reader, 'Pnrp Version', VERSION_MINOR, VERSION_MAJOR);
      const flags = reader.u8('Flags');
      if ((flags & (CpaFlag.A | CpaFlag.C)) === 0) reader.fail('Flags', 'neither A nor C is set');
      if ((flags & (CpaFlag.U | CpaFlag.F)) === CpaFlag.U) reader.fail('Flags', 'U is set without F');
      reader.skip(1, 'Reserved');
      const notAfter = reader.u64le('Not After');
      const serviceLocation = reversedHex(reader.hex(16, 'Service Location'));
      const afterNonce = reader.fork();
      try {
        const nonce = afterNonce.bytes(NONCE_LENGTH, 'Nonce');
        return readFrom(afterNonce, flags, notAfter, serviceLocation, nonce);
      } catch (error) {
        // D-06: one account of the format has no nonce in a revoke CPA. What fits CPA Length is right.
        if (!(error instanceof DecodeError) || (flags & CpaFlag.R) === 0) throw error;
        return readFrom(reader, flags, notAfter, serviceLocation, new Uint8Array(NONCE_LENGTH));
      }
    },
  };
  return codec;
}

/**
 * Whether BinaryAuthority stands for `authority`, the SHA-1 of a public key as 40 hexadecimal digits. Either order of
 * its bytes is accepted, because the key tells which one was meant (D-04).
 */
export function sameAuthority(binaryAuthority: string, authority: string): boolean {
  return binaryAuthority === authority || reversedHex(binaryAuthority) === authority;
}

function flagsOf(cpa: Cpa): number {
  return (
    (cpa.hasExtendedPayload ? CpaFlag.X : 0) |
    (cpa.friendlyName === undefined ? 0 : CpaFlag.F) |
    (cpa.classifierHash === undefined ? 0 : CpaFlag.C) |
    (cpa.binaryAuthority === undefined ? 0 : CpaFlag.A) |
    (cpa.friendlyName?.encoding === 'utf-8' ? CpaFlag.U : 0) |
    (cpa.revoke ? CpaFlag.R : 0)
  );
}

/** The minor number comes first. */
function expectVersion(reader: ByteReader, field: string, minor: number, major: number): void {
  const found = reader.u16le(field);
  if (found !== ((major << 8) | minor)) reader.fail(field, `is ${found >> 8}.${found & 0xff}`);
}

function readFriendlyName(reader: ByteReader, utf8: boolean, order: ByteOrder): EncodedText {
  const length = reader.u16le('FriendlyName Len');
  if (length < 1 || length > Limit.FRIENDLY_NAME) reader.fail('FriendlyName Len', `is ${length}`);
  return readText(reader, length, utf8 ? 'utf-8' : 'utf-16', order, 'FriendlyName');
}

/** 2.2.3.1.1. */
function writeServiceAddresses(writer: ByteWriter, addresses: readonly Ipv6Endpoint[]): void {
  writer.u16le(addresses.length);
  writer.u16le(SERVICE_ADDRESS_LENGTH);
  for (const address of addresses) ipv6Endpoint.write(writer, address);
}

function readServiceAddresses(reader: ByteReader, minimum: number): Ipv6Endpoint[] {
  const count = reader.u16le('NumServiceAddresses');
  if (count < minimum || count > Limit.SERVICE_ADDRESSES) reader.fail('NumServiceAddresses', `is ${count}`);
  const length = reader.u16le('ServiceAddressLength');
  if (length !== SERVICE_ADDRESS_LENGTH) reader.fail('ServiceAddressLength', `is ${length}`);
  return Array.from({ length: count }, () => ipv6Endpoint.read(reader));
}

/** NumPayloads, Total Bytes and PAYLOAD. 2.2.3.1, 2.2.3.1.2. */
function payloadLength(endpoints: readonly ApplicationEndpoint[]): number {
  return 4 + (endpoints.length === 0 ? 0 : PAYLOAD_HEADER_LENGTH + APPLICATION_ENDPOINT_LENGTH * endpoints.length);
}

function writePayload(writer: ByteWriter, endpoints: readonly ApplicationEndpoint[], order: ByteOrder): void {
  writer.u16le(endpoints.length === 0 ? 0 : 1);
  writer.u16le(payloadLength(endpoints));
  if (endpoints.length === 0) return;
  writer.u32le(PAYLOAD_TYPE_ENDPOINTS);
  writer.u16le(APPLICATION_ENDPOINT_LENGTH * endpoints.length);
  for (const { address, port, protocol } of endpoints) {
    writer.byteString(address, ADDRESS_LENGTH);
    if (order === 'big-endian') writer.u16be(port);
    else writer.u16le(port);
    writer.u16le(protocol);
  }
}

function readPayload(reader: ByteReader, order: ByteOrder): ApplicationEndpoint[] {
  const payloads = reader.u16le('NumPayloads');
  if (payloads > 1) reader.fail('NumPayloads', `is ${payloads}`);
  const total = reader.u16le('Total Bytes');
  let count = 0;
  if (payloads === 1) {
    const type = reader.u32le('Type');
    if (type !== PAYLOAD_TYPE_ENDPOINTS) reader.fail('Type', `is ${type}`);
    const dataLength = reader.u16le('DataLength');
    count = dataLength / APPLICATION_ENDPOINT_LENGTH;
    if (!Number.isInteger(count) || count < 1 || count > Limit.APPLICATION_ENDPOINTS) {
      reader.fail('DataLength', `is ${dataLength}`);
    }
  }
  const endpoints = Array.from({ length: count }, () => ({
    address: reader.byteString(ADDRESS_LENGTH, 'sin6_addr'),
    port: order === 'big-endian' ? reader.u16be('sin6_port') : reader.u16le('sin6_port'),
    protocol: reader.u16le('Protocol'),
  }));
  if (total !== payloadLength(endpoints)) reader.fail('Total Bytes', `is ${total}`);
  return endpoints;
}

/** CPA Public Key. 2.2.3.1.4. */
function writePublicKey(writer: ByteWriter, publicKey: Uint8Array): void {
  writer.u16le(PUBLIC_KEY_FIELD_LENGTH);
  writer.u16le(RSA_ENCRYPTION.length);
  writer.u16le(0); // Reserved
  writer.u16le(PUBLIC_KEY_LENGTH);
  writer.u8(0); // PublicKey Unused
  writer.bytes(Buffer.from(RSA_ENCRYPTION, 'latin1'));
  writer.bytes(publicKey);
}

function readPublicKey(reader: ByteReader): Uint8Array {
  const fieldLength = reader.u16le('Field Length');
  if (fieldLength !== PUBLIC_KEY_FIELD_LENGTH) reader.fail('Field Length', `is ${fieldLength}`);
  const idLength = reader.u16le('Algorithm ObjId Length');
  if (idLength !== RSA_ENCRYPTION.length) reader.fail('Algorithm ObjId Length', `is ${idLength}`);
  reader.skip(2, 'Reserved');
  const keyLength = reader.u16le('PublicKey cbData');
  if (keyLength !== PUBLIC_KEY_LENGTH) reader.fail('PublicKey cbData', `is ${keyLength}`);
  reader.skip(1, 'PublicKey Unused');
  const algorithm = Buffer.from(reader.bytes(RSA_ENCRYPTION.length, 'Algorithm ObjId')).toString('latin1');
  if (algorithm !== RSA_ENCRYPTION) reader.fail('Algorithm ObjId', `is ${algorithm}`);
  return reader.bytes(PUBLIC_KEY_LENGTH, 'PublicKey Data');
}

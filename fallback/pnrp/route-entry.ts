import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteString } from '../wire/byte-string.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import type { Codec } from '../wire/codec.js';
import type { PackedAddress } from '../wire/ipv6.js';
import { ADDRESS_LENGTH, FieldId, Limit, PNRP_ID_LENGTH, VERSION_MAJOR, VERSION_MINOR } from './constants.js';
import {
  type ArrayLayout,
  arrayLength,
  ELEMENT_HEADER_LENGTH,
  padded,
  readArrayHeader,
  readElement,
  readPadding,
  writeArrayHeader,
  writeElement,
  writePadding,
} from './elements.js';

/*
 * D-14: a port of at most 1024, or an address that no node can have, is not valid in a route entry. The receiver has
 * to ignore that entry (3.1.5.11), not the message around it: so these codecs take every port and address, and what
 * uses the entry decides.
 */

/** IPV6_ENDPOINT. [MS-PNRP] 2.2.3.6. */
export interface Ipv6Endpoint {
  readonly address: PackedAddress;
  readonly port: number;
}

const IPV6_ENDPOINT_LENGTH = 2 + ADDRESS_LENGTH;

export const ipv6Endpoint: Codec<Ipv6Endpoint> = {
  name: 'IPV6_ENDPOINT',
  length: () => IPV6_ENDPOINT_LENGTH,
  write(writer, endpoint) {
    writer.u16be(endpoint.port);
    writer.byteString(endpoint.address, ADDRESS_LENGTH);
  },
  read(reader) {
    const port = reader.u16be('Port');
    return { address: reader.byteString(ADDRESS_LENGTH, 'IPv6 Address'), port };
  },
};

/** ROUTE_ENTRY: a PNRP ID and where its node listens. [MS-PNRP] 2.2.3.4. */
export interface RouteEntry {
  readonly pnrpId: ByteString;
  readonly port: number;
  /** 1 to 20. */
  readonly addresses: readonly PackedAddress[];
}

export const routeEntry: Codec<RouteEntry> = {
  name: 'ROUTE_ENTRY',
  length: (entry) => 38 + ADDRESS_LENGTH * entry.addresses.length,
  write(writer, entry) {
    writer.byteString(entry.pnrpId, PNRP_ID_LENGTH);
    writer.u8(VERSION_MAJOR);
    writer.u8(VERSION_MINOR);
    writer.u16be(entry.port);
    writer.u8(0); // Flags: reserved
    writer.u8(entry.addresses.length);
    for (const address of entry.addresses) writer.byteString(address, ADDRESS_LENGTH);
  },
  read(reader) {
    const pnrpId = reader.byteString(PNRP_ID_LENGTH, 'PNRP ID');
    const major = reader.u8('PNRP Major Version');
    const minor = reader.u8('PNRP Minor Version');
    if (major !== VERSION_MAJOR || minor !== VERSION_MINOR) reader.fail('PNRP Version', `is ${major}.${minor}`);
    const port = reader.u16be('Port Number');
    reader.skip(1, 'Flags');
    const count = reader.u8('Address Count');
    if (count < 1 || count > Limit.ROUTE_ENTRY_ADDRESSES) reader.fail('Address Count', `is ${count}`);
    const addresses: PackedAddress[] = [];
    for (let i = 0; i < count; i++) addresses.push(reader.byteString(ADDRESS_LENGTH, 'IPv6 Addresses'));
    return { pnrpId, port, addresses };
  },
};

/** Length of the optional ROUTING_ENTRY element with its padding; nothing when there is none. */
export function routingEntryLength(entry: RouteEntry | undefined): number {
  return entry === undefined ? 0 : padded(ELEMENT_HEADER_LENGTH + routeEntry.length(entry));
}

/** Puts the ROUTING_ENTRY element without its padding. */
export function writeRoutingEntry(writer: ByteWriter, entry: RouteEntry): void {
  writeElement(writer, FieldId.ROUTING_ENTRY, routeEntry.length(entry));
  routeEntry.write(writer, entry);
}

/** Puts the optional ROUTING_ENTRY element with the padding that aligns it from `start`. */
export function writeOptionalRoutingEntry(writer: ByteWriter, entry: RouteEntry | undefined, start: number): void {
  if (entry === undefined) return;
  writeRoutingEntry(writer, entry);
  writePadding(writer, start);
}

/** Takes the ROUTING_ENTRY element and its padding if it is what comes next. */
export function readOptionalRoutingEntry(reader: ByteReader, start: number): RouteEntry | undefined {
  if (reader.peekU16be() !== FieldId.ROUTING_ENTRY) return undefined;
  const bodyLength = readElement(reader, FieldId.ROUTING_ENTRY);
  const entry = routeEntry.read(reader);
  if (routeEntry.length(entry) !== bodyLength) {
    reader.fail('ROUTING_ENTRY', `the body has ${bodyLength} bytes, its entry ${routeEntry.length(entry)}`);
  }
  readPadding(reader, start);
  return entry;
}

/** IPV6_ENDPOINT_ARRAY with a number of entries that depends on the message. 2.2.2.4, 2.2.2.8. */
export function endpointArray(minimum: number, maximum: number): Codec<readonly Ipv6Endpoint[]> {
  const layout: ArrayLayout = {
    id: FieldId.IPV6_ENDPOINT_ARRAY,
    elementFieldType: FieldId.IPV6_ENDPOINT,
    entryLength: IPV6_ENDPOINT_LENGTH,
    minimum,
    maximum,
  };
  return {
    name: 'IPV6_ENDPOINT_ARRAY',
    length: (endpoints) => arrayLength(layout, endpoints.length),
    write(writer, endpoints) {
      writeArrayHeader(writer, layout, endpoints.length);
      for (const endpoint of endpoints) ipv6Endpoint.write(writer, endpoint);
    },
    read(reader) {
      const count = readArrayHeader(reader, layout);
      const endpoints = new Array<Ipv6Endpoint>(count);
      for (let i = 0; i < count; i++) endpoints[i] = ipv6Endpoint.read(reader);
      return endpoints;
    },
  };
}

/** PNRP_ID_ARRAY. 2.2.2.2, 2.2.2.3. */
const PNRP_ID_ARRAY: ArrayLayout = {
  id: FieldId.PNRP_ID_ARRAY,
  elementFieldType: FieldId.PNRP_ID,
  entryLength: PNRP_ID_LENGTH,
  minimum: 0,
  maximum: Limit.ARRAY_ENTRIES,
};

export const pnrpIdArray: Codec<readonly ByteString[]> = {
  name: 'PNRP_ID_ARRAY',
  length: (ids) => arrayLength(PNRP_ID_ARRAY, ids.length),
  write(writer, ids) {
    writeArrayHeader(writer, PNRP_ID_ARRAY, ids.length);
    for (const id of ids) writer.byteString(id, PNRP_ID_LENGTH);
  },
  read(reader) {
    const count = readArrayHeader(reader, PNRP_ID_ARRAY);
    const ids: ByteString[] = [];
    for (let i = 0; i < count; i++) ids.push(reader.byteString(PNRP_ID_LENGTH, 'PNRP ID'));
    return ids;
  },
};

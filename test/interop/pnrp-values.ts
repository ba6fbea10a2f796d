import type { AuthorityBuffer } from '#fallback/pnrp/authority-buffer';
import type { Cpa } from '#fallback/pnrp/cpa';
import type { PnrpMessage } from '#fallback/pnrp/messages';
import type { RouteEntry } from '#fallback/pnrp/route-entry';
import { reversedHex } from '#fallback/wire/byte-order';
import { type ByteString, hexOf } from '#fallback/wire/byte-string';
import { addressText, type PackedAddress } from '#fallback/wire/ipv6';
import type { Dissection, Field } from './tshark.js';

type Shown = Readonly<Record<string, readonly (string | number)[]>>;

/** All values by field, in their order: small numbers as such, bytes in hexadecimal, else text. */
export function shown(dissections: readonly Dissection[]): Shown {
  const values: Record<string, (string | number)[]> = {};
  for (const field of dissections.flatMap(({ fields }) => fields)) {
    values[field.name] ??= [];
    values[field.name]?.push(fieldValue(field));
  }
  return values;
}

function fieldValue({ show }: Field): string | number {
  if (/^([0-9a-f]{2}:)+[0-9a-f]{2}$/.test(show)) return show.replaceAll(':', '');
  return /^(\d{1,10}|0x[0-9a-f]{1,8})$/.test(show) ? Number(show) : show;
}

/** What fields have to show of a message beyond its header. */
export function messageValues(it: PnrpMessage): Shown {
  switch (it.type) {
    case 'SOLICIT':
      return {
        ...(it.solicitType === undefined ? {} : { 'pnrp.segment.solicitType': [it.solicitType] }),
        ...entryValues(it.routeEntry),
        'pnrp.segment.hashednonce': [hex(it.hashedNonce)],
      };
    case 'ADVERTISE':
      return { ...acked(it), ...ids(it.pnrpIds), 'pnrp.segment.hashednonce': [hex(it.hashedNonce)] };
    case 'REQUEST':
      return { ...ids(it.pnrpIds), 'pnrp.segment.nonce': [hex(it.nonce)] };
    case 'FLOOD':
      return {
        ...entryValues(it.routeEntry, [it.validatePnrpId], it.alreadyFloodedList),
        'pnrp.segment.flood.flags.Dbit': [Number(it.doNotAck)],
      };
    case 'INQUIRE':
      return {
        ...ids([it.validatePnrpId]),
        ...(it.nonce === undefined ? {} : { 'pnrp.segment.nonce': [hex(it.nonce)] }),
        'pnrp.segment.inquire.flags.Abit': [Number(it.cpa)],
        'pnrp.segment.inquire.flags.Xbit': [Number(it.extendedPayload)],
        'pnrp.segment.inquire.flags.Cbit': [Number(it.certChain)],
      };
    case 'AUTHORITY':
      return acked(it);
    case 'ACK':
      return { ...acked(it), ...(it.notFound ? { 'pnrp.segment.ack.flags.Nbit': [1] } : {}) };
    case 'LOOKUP':
      return {
        ...entryValues(it.routeEntry, [it.targetPnrpId, it.validatePnrpId], it.flaggedPath),
        'pnrp.lookupControls.flags.Abit': [Number(it.acceptAny)],
        'pnrp.lookupControls.precision': [it.precision],
        'pnrp.lookupControls.resolveCriteria': [it.criteria],
        'pnrp.lookupControls.reasonCode': [it.reasonCode],
      };
  }
}

/** The same of an AUTHORITY_BUFFER; CPA Length, Not After, application ports and names are shown wrong. */
export function bufferValues(
  { leafSet, busy, notFound, classifier, routeEntry }: AuthorityBuffer,
  cpa: Cpa | undefined,
): Shown {
  return {
    'pnrp.segment.authority.flags.Lbit': [Number(leafSet)],
    'pnrp.segment.authority.flags.Bbit': [Number(busy)],
    'pnrp.segment.authority.flags.Nbit': [Number(notFound)],
    ...(classifier ? { 'pnrp.segment.classifier.string': [classifier] } : {}),
    ...entryValues(routeEntry, [], cpa?.serviceAddresses, cpa?.applicationEndpoints),
    ...(cpa === undefined ? {} : cpaValues(cpa)),
  };
}

function cpaValues(cpa: Cpa): Shown {
  return {
    'pnrp.encodedCPA.flags.xbit': [Number(cpa.hasExtendedPayload)],
    'pnrp.encodedCPA.flags.fbit': [Number(cpa.friendlyName !== undefined)],
    'pnrp.encodedCPA.flags.rbit': [Number(cpa.revoke)],
    'pnrp.encodedCPA.serviceLocation': [reversedHex(cpa.serviceLocation)],
    'pnrp.segment.nonce': [hex(cpa.nonce)],
    ...(cpa.classifierHash ? { 'pnrp.encodedCPA.classifierHash': [hex(cpa.classifierHash)] } : {}),
    ...(cpa.binaryAuthority ? { 'pnrp.encodedCPA.binaryAuthority': [reversedHex(cpa.binaryAuthority)] } : {}),
    'pnrp.encodedCPA.total_bytes_of_payload': [cpa.applicationEndpoints.length === 0 ? 4 : 30],
    'pnrp.signature.hash_id': [0x8004],
  };
}

/** IDs, ports and addresses of a route entry and of what else has some, in the order of the elements. */
function entryValues(
  entry: RouteEntry | undefined,
  idsBefore: readonly ByteString[] = [],
  endpoints: readonly { readonly address: PackedAddress; readonly port: number }[] = [],
  others: readonly { readonly address: PackedAddress }[] = [],
): Shown {
  const addresses = [...(entry?.addresses ?? []), ...[...endpoints, ...others].map(({ address }) => address)];
  return {
    ...ids([...idsBefore, ...(entry === undefined ? [] : [entry.pnrpId])]),
    ...(entry === undefined ? {} : { 'pnrp.segment.routeEntry.portNumber': [entry.port] }),
    ...(endpoints.length === 0 ? {} : { 'pnrp.segment.port_number': endpoints.map(({ port }) => port) }),
    ...(addresses.length === 0 ? {} : { 'pnrp.segment.ipv6Address': addresses.map(addressText) }),
  };
}

function ids(pnrpIds: readonly ByteString[]): Shown {
  return pnrpIds.length === 0 ? {} : { 'pnrp.segment.pnrpID': pnrpIds.map(hexOf) };
}

function acked({ ackedMessageId }: { readonly ackedMessageId: number }): Shown {
  return { 'pnrp.segment.headerAck': [ackedMessageId] };
}

export function hex(value: Uint8Array): string;
export function hex(value: number | bigint, digits: number): string;
export function hex(value: Uint8Array | number | bigint, digits = 0): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value.toString(16).padStart(digits, '0');
}

import { decodeBase64 } from '../../wire/base64.js';
import { DecodeError } from '../../wire/decode-error.js';
import type { Readings } from '../../wire/readings.js';
import type { TargetService } from '../../ws-discovery/messages.js';
import { words, type XmlElement } from '../../ws-discovery/xml-element.js';
import { encodeAges } from '../retrieval/extensible-blob.js';
import { type DiscoveryVersion, FORMS, PEER_DIST } from './names.js';
import { type AskedSegment, readWord } from './scopes.js';

/** What a cache has of a segment. */
export interface HeldSegment {
  /** That are here, at least one, and that the segment has. */
  readonly blocks: number;
  readonly allBlocks: number;
  /** Wall time of its first appearance here: 100 ns ticks since 1601-01-01 UTC. */
  readonly created: bigint;
}

/** What an answer says of a segment that was asked for, and that the sender has something of. */
export interface FoundSegment {
  readonly id: Uint8Array;
  /** That the sender has; version 2 does not say. */
  readonly blocks: number | undefined;
  /** The sender has not all of it; version 1 does not say: false. */
  readonly partial: boolean;
}

type Answer = Pick<TargetService, 'types' | 'scopes' | 'metadataVersion' | 'extensions'>;

const ALL = 0b11;
const SOME = 0b10;

/** `now`: wall time. In the form of the Probe, whatever the segments are of. [MS-PCCRD] 2.2.2.2 */
export function formatAnswer(
  version: DiscoveryVersion,
  asked: readonly AskedSegment[],
  held: readonly (HeldSegment | undefined)[],
  now: bigint,
  readings: Readings,
): Answer {
  const { type, metadataVersion } = FORMS[version];
  const content = version === 1 ? formatCounts(asked, held) : formatBits(held, now, readings);
  const { scopes, ...detail } = content;
  const extension: XmlElement = { namespace: PEER_DIST, name: type.name, content: [detail] };
  return { types: [type], scopes, metadataVersion, extensions: [extension] };
}

/** `ids`: what the Probe asked for, in its order. */
export function readAnswer(
  version: DiscoveryVersion,
  ids: readonly string[],
  { scopes, extensions }: TargetService,
  readings: Readings,
): FoundSegment[] {
  if (scopes === undefined) throw new DecodeError('Scopes', 0, 'is missing');
  return version === 1 ? readCounts(ids, scopes, extensions) : readBits(ids, scopes, readings);
}

/** [MS-PCCRD] 2.2.3.9: a number of blocks for each scope, eight digits as the published messages have. */
function formatCounts(asked: readonly AskedSegment[], held: readonly (HeldSegment | undefined)[]) {
  const matching = asked.flatMap(({ word }, index) => {
    const it = held[index];
    return it === undefined ? [] : [{ word, digits: it.blocks.toString(16).toUpperCase().padStart(8, '0') }];
  });
  return {
    scopes: matching.map(({ word }) => word).join(' '),
    namespace: PEER_DIST,
    name: 'BlockCount',
    content: matching.map(({ digits }) => digits).join(''),
  };
}

function readCounts(ids: readonly string[], scopes: string, extensions: readonly XmlElement[]): FoundSegment[] {
  const found = words(scopes).map(readWord);
  const digits = find(find(extensions, FORMS[1].type.name)?.content, 'BlockCount')?.content;
  if (typeof digits !== 'string' || !/^[\da-f]+$/i.test(digits)) throw new DecodeError('BlockCount', 0, 'is none');
  // The text's own sample has four digits for each, the published messages eight.
  const width = digits.length / found.length;
  if (!Number.isInteger(width)) throw new DecodeError('BlockCount', 0, `${digits.length} digits are uneven`);
  return found.flatMap(({ id }, index) => {
    const blocks = Number.parseInt(digits.slice(index * width, (index + 1) * width), 16);
    if (blocks === 0 || !ids.includes(id)) return [];
    return [{ id: Buffer.from(id, 'hex'), blocks, partial: false }];
  });
}

function find(elements: XmlElement['content'] | undefined, name: string): XmlElement | undefined {
  if (elements === undefined || typeof elements === 'string') return undefined;
  return elements.find((it) => it.namespace === PEER_DIST && it.name === name);
}

/** [MS-PCCRD] 2.2.3.3: two bits for each segment of the Probe. */
function formatBits(held: readonly (HeldSegment | undefined)[], now: bigint, readings: Readings) {
  const bytes = Buffer.alloc(Math.ceil(held.length / 4));
  const here = held.flatMap((it, index) => (it === undefined ? [] : [{ ...it, index }]));
  for (const { index, ...it } of here) {
    const { at, shift } = place(index, readings);
    bytes[at] = (bytes[at] as number) | ((it.blocks < it.allBlocks ? SOME : ALL) << shift);
  }
  // Places are those in the Probe: [MS-PCCRD] 4.4.
  const ages = Buffer.from(encodeAges(here, now, 0)).toString('base64');
  return { scopes: bytes.toString('base64'), namespace: PEER_DIST, name: 'SegmentAges', content: ages };
}

function readBits(ids: readonly string[], scopes: string, readings: Readings): FoundSegment[] {
  const bytes = decodeBase64(scopes, 'Scopes');
  if (4 * bytes.length < ids.length) throw new DecodeError('Scopes', 0, `${bytes.length} bytes are too few`);
  return ids.flatMap((id, index) => {
    const { at, shift } = place(index, readings);
    const bits = ((bytes[at] as number) >> shift) & ALL;
    // All of it without anything of it means nothing.
    if ((bits & SOME) === 0) return [];
    return [{ id: Buffer.from(id, 'hex'), blocks: undefined, partial: bits !== ALL }];
  });
}

/** Where the two bits of a segment are. */
function place(index: number, readings: Readings): { readonly at: number; readonly shift: number } {
  const inByte = index % 4;
  // UNCONFIRMED: distribution.segment-bits
  const topFirst = readings.get('distribution.segment-bits') === 'top-first';
  return { at: Math.floor(index / 4), shift: 2 * (topFirst ? 3 - inByte : inByte) };
}

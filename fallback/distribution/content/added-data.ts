import { type BlockPlace, type ContentMap, keyOf } from './content-map.js';

/** Blocks that are known in part; of 128 KB at most, so 8 MB. What was added first goes first. */
const PARTIAL_BLOCKS = 64;

interface PartialBlock {
  readonly bytes: Uint8Array;
  /** What is there: from, and up to; rising and apart from each other. */
  spans: readonly (readonly [number, number])[];
}

export interface WholeBlock {
  readonly place: BlockPlace;
  readonly bytes: Uint8Array;
}

/** Makes blocks out of bytes that are added in any pieces: a hash is for a whole block. */
export class AddedData {
  /** By `keyOf` the place, the last added to last. */
  readonly #partial = new Map<string, PartialBlock>();

  /** The blocks that became whole. */
  *add(map: ContentMap, offset: bigint, bytes: Uint8Array): Generator<WholeBlock, void, undefined> {
    const end = offset + BigInt(bytes.length);
    for (const place of map.blocks(offset, end)) {
      const from = Math.max(0, Number(offset - place.offset));
      const to = Math.min(place.length, Number(end - place.offset));
      const at = Number(place.offset - offset);
      const piece = bytes.subarray(at + from, at + to);
      const whole = piece.length === place.length ? Uint8Array.from(piece) : this.#fill(place, from, piece);
      if (whole === undefined) continue;
      this.#partial.delete(keyOf(place));
      yield { place, bytes: whole };
    }
  }

  #fill(place: BlockPlace, from: number, piece: Uint8Array): Uint8Array | undefined {
    const key = keyOf(place);
    const known = this.#partial.get(key) ?? { bytes: new Uint8Array(place.length), spans: [] };
    known.bytes.set(piece, from);
    known.spans = joined(known.spans, from, from + piece.length);
    this.#partial.delete(key);
    this.#partial.set(key, known);
    const [oldest] = this.#partial.keys();
    if (this.#partial.size > PARTIAL_BLOCKS && oldest !== undefined) this.#partial.delete(oldest);
    const [first] = known.spans;
    return first?.[0] === 0 && first[1] === place.length ? known.bytes : undefined;
  }
}

function joined(spans: PartialBlock['spans'], from: number, to: number): PartialBlock['spans'] {
  const apart = spans.filter(([start, end]) => end < from || start > to);
  const touching = spans.filter(([start, end]) => end >= from && start <= to);
  const start = Math.min(from, ...touching.map(([it]) => it));
  const end = Math.max(to, ...touching.map(([, it]) => it));
  return [...apart, [start, end] as const].sort(([a], [b]) => a - b);
}

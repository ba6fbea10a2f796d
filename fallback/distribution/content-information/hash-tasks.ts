import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type { FileLook, ThreadFiles } from '../../../lib/backend/contract/host.js';
import { type CutRules, type CutState, cutSegments } from './cut-points.js';
import { BLOCK_LENGTH, SEGMENT_LIMIT_2 } from './model.js';
import { type MatchFinder, rollingFinder } from './rolling-hash.js';
import { hashForm, segmentHash } from './segment-hash.js';
import { vectorFinder } from './vector-finder.js';

/** Of the content that a thread holds at a time. */
export const PIECE_LIMIT = 0x40_0000;

/** How much of the pieces before it a piece can need: a segment may have begun there. */
export const OVERLAP_LIMIT = SEGMENT_LIMIT_2;

/** Bytes of a content, behind the last `overlap` of those before them. */
export interface Piece {
  readonly source: FileSource | { readonly shared: SharedArrayBuffer };
  readonly overlap: number;
  /** Without the overlap. */
  readonly length: number;
}

interface FileSource {
  readonly path: string;
  readonly look: FileLook;
  /** Of the first byte behind the overlap. */
  readonly position: number;
}

export interface CutTask {
  readonly state: CutState;
  /** The content, or what of it is cut by itself, ends with the piece. */
  readonly final: boolean;
  readonly rules: CutRules;
}

export interface HashTask {
  readonly algorithms: readonly SegmentHash[];
}

/** For each algorithm hashes one behind the other: of blocks in version 1, of segments in version 2. */
export interface PieceHashes {
  readonly hashes: readonly Uint8Array[];
  /** Of the segments of version 2 that end in the piece. */
  readonly lengths: readonly number[];
}

/** The rolling hash by vectors where the process can, else in TypeScript. */
export function createFinder(length: number): MatchFinder {
  return vectorFinder(length) ?? rollingFinder(length);
}

/**
 * What a thread does with a piece: `load`, `cut` for version 2, then `hash`. Between cutting and hashing, another thread can go on
 * cutting where this one ended.
 */
export function start(files: ThreadFiles, makeFinder = createFinder): HashFunctions {
  let finder: MatchFinder | undefined;
  let piece: Piece | undefined;
  /** Of the segments of version 2 that end in the piece, from the start of the first one on. */
  let bounds: readonly number[] = [];

  function loaded(): { readonly finder: MatchFinder; readonly piece: Piece } {
    if (finder === undefined || piece === undefined) throw new Error('the thread holds no piece');
    return { finder, piece };
  }

  return {
    look: (path) => files.look(path),
    load(next) {
      finder ??= makeFinder(OVERLAP_LIMIT + PIECE_LIMIT);
      piece = undefined;
      bounds = [];
      const { source, overlap, length } = next;
      const bytes = finder.bytes.subarray(0, overlap + length);
      if ('path' in source) files.read(source.path, source.look, source.position - overlap, bytes);
      else bytes.set(new Uint8Array(source.shared, 0, bytes.length));
      piece = next;
    },
    cut({ state, final, rules }) {
      const { overlap, length } = loaded().piece;
      const from = overlap - state.length;
      const { ends, state: after } = cutSegments(loaded().finder, from, overlap + length, final, state, rules);
      bounds = [from, ...ends];
      return after;
    },
    hash({ algorithms }) {
      const { overlap, length } = loaded().piece;
      const { bytes } = loaded().finder;
      const blocks = Array.from({ length: Math.ceil(length / BLOCK_LENGTH) + 1 }, (_, i) =>
        Math.min(overlap + i * BLOCK_LENGTH, overlap + length),
      );
      return {
        hashes: algorithms.map((it) => hashesBetween(bytes, it === 'sha512-256' ? bounds : blocks, it)),
        lengths: bounds.slice(1).map((end, i) => end - (bounds[i] as number)),
      };
    },
  };
}

/** As a thread has them; the calls are one after the other. */
export interface HashFunctions {
  look(path: string): FileLook;
  load(piece: Piece): void;
  cut(task: CutTask): CutState;
  hash(task: HashTask): PieceHashes;
  readonly [name: string]: (argument: never) => unknown;
}

function hashesBetween(bytes: Uint8Array, bounds: readonly number[], algorithm: SegmentHash): Uint8Array {
  const { length } = hashForm(algorithm);
  // No Buffer: of one that is part of a pool, the whole pool would go over to the other thread.
  const hashes = new Uint8Array(Math.max(0, bounds.length - 1) * length);
  for (let i = 1; i < bounds.length; i++) {
    hashes.set(segmentHash(algorithm, bytes.subarray(bounds[i - 1], bounds[i])), (i - 1) * length);
  }
  return hashes;
}

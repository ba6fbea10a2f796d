import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type { FileLook, ThreadFiles } from '../../../lib/backend/contract/host.js';
import { AheadFinder } from './ahead-finder.js';
import { type CutRules, cutSegments } from './cut-points.js';
import { CutRelay } from './cut-relay.js';
import { BLOCK_LENGTH, SEGMENT_LIMIT_2 } from './model.js';
import { type MatchFinder, rollingFinder, WINDOW } from './rolling-hash.js';
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

export interface HashTask {
  readonly piece: Piece;
  readonly algorithms: readonly SegmentHash[];
  /** For version 2. */
  readonly cut?: CutTask;
}

interface CutTask {
  /** Of `CutRelay`. */
  readonly memory: SharedArrayBuffer;
  /** Which piece of the content it is, from 0. */
  readonly index: number;
  /** What is cut by itself ends with the piece. */
  readonly final: boolean;
  readonly rules: CutRules;
}

export interface PieceHashes {
  /** For each algorithm hashes one behind the other: of blocks in version 1, of segments in version 2. */
  readonly hashes: readonly Uint8Array[];
  /** Of the segments of version 2 that end in the piece. */
  readonly lengths: readonly number[];
}

/** What a thread does, one call after the other. */
export interface HashFunctions {
  look(path: string): FileLook;
  /** Of version 2 the piece is cut first, which lets another thread go on with the next one. */
  hash(task: HashTask): PieceHashes;
  readonly [name: string]: (argument: never) => unknown;
}

/** The rolling hash by vectors where the process can, else in TypeScript. */
function createFinder(length: number): MatchFinder {
  return vectorFinder(length) ?? rollingFinder(length);
}

export function start(files: ThreadFiles, makeFinder = createFinder): HashFunctions {
  const finder = new AheadFinder(makeFinder(OVERLAP_LIMIT + PIECE_LIMIT));
  return {
    look: (path) => files.look(path),
    hash({ piece, algorithms, cut }) {
      const { source, overlap, length } = piece;
      const bytes = finder.bytes.subarray(0, overlap + length);
      if ('path' in source) files.read(source.path, source.look, source.position - overlap, bytes);
      else bytes.set(new Uint8Array(source.shared, 0, bytes.length));
      const bounds = cut === undefined ? [] : segmentBounds(finder, piece, cut);
      const blocks = blockBounds(piece);
      return {
        hashes: algorithms.map((it) => hashesBetween(finder.bytes, it === 'sha512-256' ? bounds : blocks, it)),
        lengths: bounds.slice(1).map((end, i) => end - (bounds[i] as number)),
      };
    },
  };
}

/** Where the segments that end in the piece begin, and where the last of them ends. */
function segmentBounds(finder: AheadFinder, piece: Piece, { memory, index, final, rules }: CutTask): number[] {
  const relay = new CutRelay(memory);
  const end = piece.overlap + piece.length;
  finder.begin(Math.max(WINDOW, piece.overlap));
  const state = relay.take(index, () => finder.lookAhead(end));
  const from = piece.overlap - state.length;
  const cuts = cutSegments(finder, from, end, final, state, rules);
  relay.give(index + 1, cuts.state);
  return [from, ...cuts.ends];
}

function blockBounds({ overlap, length }: Piece): number[] {
  return Array.from({ length: Math.ceil(length / BLOCK_LENGTH) + 1 }, (_, i) =>
    Math.min(overlap + i * BLOCK_LENGTH, overlap + length),
  );
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

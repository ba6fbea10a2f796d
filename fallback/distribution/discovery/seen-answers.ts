import type { FoundSegment } from './answers.js';
import { Limit } from './bounds.js';

interface Seen {
  answers: number;
  /** By those who have all of it, as far as they say so. */
  complete: number;
  /** How many blocks the others have. */
  readonly counts: number[];
}

/** What this node heard when it looked for a segment itself; of the segments that it looked for last. */
export class SeenAnswers {
  readonly #segments = new Map<string, Seen>();

  /** A search begins. */
  begin(ids: readonly string[]): void {
    for (const id of ids) {
      this.#segments.delete(id);
      this.#segments.set(id, { answers: 0, complete: 0, counts: [] });
    }
    for (const id of this.#segments.keys()) {
      if (this.#segments.size <= Limit.SEEN_SEGMENTS) break;
      this.#segments.delete(id);
    }
  }

  /** A Probe listens to so many answers that nothing here needs a bound of its own. */
  note(segments: readonly FoundSegment[]): void {
    for (const { id, blocks, partial } of segments) {
      const seen = this.#segments.get(Buffer.from(id).toString('hex'));
      if (seen === undefined) continue;
      seen.answers += 1;
      if (blocks !== undefined) seen.counts.push(blocks);
      else if (!partial) seen.complete += 1;
    }
  }

  /** How many answered, and how many of them with all blocks of a segment that has `allBlocks`. */
  of(id: string, allBlocks: number): { readonly answers: number; readonly complete: number } {
    const { answers = 0, complete = 0, counts = [] } = this.#segments.get(id) ?? {};
    return { answers, complete: complete + counts.filter((it) => it >= allBlocks).length };
  }
}

import type { MatchFinder } from './rolling-hash.js';

/** Positions that are looked at in one go. */
const STEP = 0x1_0000;

/** Random bytes have a match in 4,096 positions; those that were made for it might have one in each. */
const MOST_MATCHES = 0x1_0000;

/**
 * A finder that looks for matches before anybody asks: where they are does not depend on where segments begin. A thread does so
 * while it waits for the cuts before its bytes.
 */
export class AheadFinder implements MatchFinder {
  readonly #finder: MatchFinder;
  /** What has been looked at: from a position up to, not with, another one. */
  #from = 0;
  #end = 0;
  /** The matches there, rising, and how many of them are before what was asked for last. */
  #matches: number[] = [];
  #passed = 0;

  constructor(finder: MatchFinder) {
    this.#finder = finder;
  }

  get bytes(): Uint8Array {
    return this.#finder.bytes;
  }

  /** There are other bytes; it will look ahead from `from` on. */
  begin(from: number): void {
    this.#from = from;
    this.#end = from;
    this.#matches = [];
    this.#passed = 0;
  }

  /** Looks a step further, up to and with `to`; false where there is nothing left to look at, or no room for more. */
  lookAhead(to: number): boolean {
    if (this.#end > to || this.#matches.length > MOST_MATCHES) return false;
    const last = Math.min(to, this.#end + STEP - 1);
    let match = this.#finder.next(this.#end, last);
    for (; match >= 0; match = this.#finder.next(match + 1, last)) this.#matches.push(match);
    this.#end = last + 1;
    return true;
  }

  next(from: number, to: number): number {
    if (from < this.#from || from >= this.#end) return this.#finder.next(from, to);
    if ((this.#matches[this.#passed - 1] ?? -1) >= from) this.#passed = 0;
    while ((this.#matches[this.#passed] ?? from) < from) this.#passed++;
    const match = this.#matches[this.#passed] ?? this.#finder.next(this.#end, to);
    return match <= to ? match : -1;
  }

  lowBits(position: number): number {
    return this.#finder.lowBits(position);
  }
}

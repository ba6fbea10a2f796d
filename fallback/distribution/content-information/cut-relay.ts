import { AT_START, type CutState } from './cut-points.js';

/** Of `turn` when a piece failed: there is nothing to wait for. */
const FAILED = -1;
const NO_CANDIDATE = -1;

/** Places of the numbers in the memory. */
const TURN = 0;
const LENGTH = 1;
const SCANNED = 2;
const CANDIDATES = 3;
const NUMBERS = CANDIDATES + 4;

/**
 * Through it the threads that cut the pieces of one content hand on, piece by piece, where the one before ended. The event loop is not in
 * between: it may have other things to do.
 */
export class CutRelay {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Int32Array;

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(NUMBERS * Int32Array.BYTES_PER_ELEMENT);
    this.#numbers = new Int32Array(this.memory);
    if (memory === undefined) this.#hold(AT_START); // The turn is piece 0's.
  }

  /**
   * Blocks the thread until the pieces before this one, counted from 0, are cut. Until then `meanwhile` is called, as long as it says
   * that there is more to do.
   */
  take(piece: number, meanwhile: () => boolean): CutState {
    const numbers = this.#numbers;
    for (let turn = Atomics.load(numbers, TURN); turn !== piece; turn = Atomics.load(numbers, TURN)) {
      if (turn === FAILED) throw new Error('another piece has failed');
      if (!meanwhile()) Atomics.wait(numbers, TURN, turn);
    }
    const candidates = [...numbers.subarray(CANDIDATES)].map((it) => (it === NO_CANDIDATE ? undefined : it));
    return { length: numbers[LENGTH] as number, scanned: numbers[SCANNED] as number, candidates };
  }

  /** After the piece before it, whose turn it was, it is this piece's; after a failure it is nobody's any more. */
  give(piece: number, state: CutState): void {
    this.#hold(state);
    Atomics.compareExchange(this.#numbers, TURN, piece - 1, piece);
    Atomics.notify(this.#numbers, TURN);
  }

  /** No piece will be cut any more. */
  fail(): void {
    Atomics.store(this.#numbers, TURN, FAILED);
    Atomics.notify(this.#numbers, TURN);
  }

  #hold({ length, scanned, candidates }: CutState): void {
    const numbers = this.#numbers;
    numbers[LENGTH] = length;
    numbers[SCANNED] = scanned;
    for (let i = CANDIDATES; i < NUMBERS; i++) numbers[i] = candidates[i - CANDIDATES] ?? NO_CANDIDATE;
  }
}

import type { RingEntry } from './entry.js';
import { distance, isAbove, moved, type RingId } from './ring.js';

/** [MS-PNRP] 3.2.1: five on each side of each registered id. */
const LEAF_SET_SIDE = 5;

/** The nearest known ids below and above one local id. */
export class LeafSet<E extends RingEntry> {
  readonly localId: RingId;
  readonly #size: number;
  readonly #lower: E[] = [];
  readonly #higher: E[] = [];

  constructor(localId: RingId, size = LEAF_SET_SIDE) {
    this.localId = localId;
    this.#size = size;
  }

  /** Nearest first. */
  get lower(): readonly E[] {
    return this.#lower;
  }

  /** Nearest first. */
  get higher(): readonly E[] {
    return this.#higher;
  }

  get nearestLower(): E | undefined {
    return this.#lower[0];
  }

  get nearestHigher(): E | undefined {
    return this.#higher[0];
  }

  get farthestLower(): E | undefined {
    return this.#lower.at(-1);
  }

  get farthestHigher(): E | undefined {
    return this.#higher.at(-1);
  }

  /** From the farthest below to the farthest above. */
  members(): E[] {
    return [...this.#lower.toReversed(), ...this.#higher];
  }

  /** Where a side has places left: the id about as far behind its farthest member as neighbours are apart. */
  beyond(): RingId[] {
    const [below, above] = [this.#reachOf(this.#lower), this.#reachOf(this.#higher)];
    const apart = (below + above) / BigInt(Math.max(1, this.#lower.length + this.#higher.length));
    return [
      ...(this.#lower.length < this.#size ? [moved(this.localId, -below - apart)] : []),
      ...(this.#higher.length < this.#size ? [moved(this.localId, above + apart)] : []),
    ];
  }

  has(id: RingId): boolean {
    return this.#sideOf(id).some((entry) => entry.id === id);
  }

  /** Whether `id` would be one of the nearest: nearer than the farthest on its side, or a place is free there. */
  admits(id: RingId): boolean {
    if (id === this.localId) return false;
    const farthest = this.#sideOf(id)[this.#size - 1];
    return farthest === undefined || this.#reach(id) < this.#reach(farthest.id);
  }

  /** Whether a node of the cloud at `target` would have to be in this leaf set. */
  covers(target: RingId): boolean {
    return this.admits(target) || this.has(target);
  }

  /**
   * Takes an entry in, in place of an older one of the same id. What falls out is returned: the farthest of a full
   * side, or the entry itself when it is not admitted.
   */
  insert(entry: E): E | undefined {
    const side = this.#sideOf(entry.id);
    const known = side.findIndex(({ id }) => id === entry.id);
    if (known >= 0) {
      side[known] = entry;
      return undefined;
    }
    if (!this.admits(entry.id)) return entry;
    const reach = this.#reach(entry.id);
    const place = side.findIndex(({ id }) => this.#reach(id) > reach);
    side.splice(place < 0 ? side.length : place, 0, entry);
    return side.length > this.#size ? side.pop() : undefined;
  }

  remove(id: RingId): boolean {
    const side = this.#sideOf(id);
    const place = side.findIndex((entry) => entry.id === id);
    if (place < 0) return false;
    side.splice(place, 1);
    return true;
  }

  #sideOf(id: RingId): E[] {
    return isAbove(this.localId, id) ? this.#higher : this.#lower;
  }

  #reachOf(side: readonly E[]): bigint {
    const farthest = side.at(-1);
    return farthest === undefined ? 0n : this.#reach(farthest.id);
  }

  #reach(id: RingId): bigint {
    return distance(this.localId, id);
  }
}

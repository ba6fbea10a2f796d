import type { Random } from '../../lib/backend/contract/host.js';
import type { RingEntry } from './entry.js';
import { distance, HALF_RING, isBetween, moved, RING_SIZE, type RingId, upward } from './ring.js';

/** A stretch of the ring where a level of the cache knows nobody. */
export interface Gap {
  readonly size: bigint;
  readonly middle: RingId;
  /** So many leading bits in common with the middle keep an id inside the gap; one bit less does not. */
  readonly precision: number;
  /** Wider than the level allows. */
  readonly excessive: boolean;
}

/** [MS-PNRP] 3.2.1.1, note 5: each level covers a tenth of the one above. */
const NARROWING = 10n;
/** Enough for 10^10 ids: beyond them the lowest level thins out as the others do. */
const LEVEL_LIMIT = 10;
const RADII: readonly bigint[] = Array.from(
  { length: LEVEL_LIMIT },
  (_, level) => HALF_RING / NARROWING ** BigInt(level),
);
/** 3.1.6.2, note 4: ten entries evenly spread is the aim. A gap wider than their spacing is worth a search. */
const ALLOWED_GAPS = 10n;

/**
 * The Route Entry Cache of [MS-PNRP] 3.2.1.1, in Windows' levels: the top one covers the ring, each further one a tenth
 * of the one above around the centre, and holds at most `levelCapacity` entries outside the next. A level opens when the
 * ids in its place are more than the one above holds. So a search comes ten times closer with each hop, and the cache
 * grows with the logarithm of the cloud.
 */
export class RouteCache<E extends RingEntry> {
  readonly #levelCapacity: number;
  /** By id. */
  readonly #entries: E[] = [];
  #centre: RingId;
  #fallen = 0;

  constructor(options: { readonly centre: RingId; readonly levelCapacity: number }) {
    this.#centre = options.centre;
    this.#levelCapacity = options.levelCapacity;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** How many levels are open: at least one. */
  get levels(): number {
    let levels = 1;
    while (levels < LEVEL_LIMIT && this.#countWithin(levels - 1) > this.#levelCapacity) levels += 1;
    return levels;
  }

  /** How many entries each open level holds outside the next. */
  occupancy(): number[] {
    const { levels } = this;
    return Array.from({ length: levels }, (_, level) => this.#occupancyOf(level, levels));
  }

  /** How many entries were refused or fell out because a level was full. */
  get fallen(): number {
    return this.#fallen;
  }

  get(id: RingId): E | undefined {
    const entry = this.#entries[this.#placeOf(id)];
    return entry?.id === id ? entry : undefined;
  }

  /** By id. The cache must not change on the way. */
  entries(): IterableIterator<E> {
    return this.#entries.values();
  }

  /**
   * Takes an entry in, in place of an older one of the same id. When its level is full, the entry falls out whose
   * neighbours are closest together, so that the level stays evenly spread; false when that is the new one. A pinned
   * entry, a leaf set member, never falls out.
   */
  insert(entry: E, pinned: (id: RingId) => boolean = () => false): boolean {
    const place = this.#placeOf(entry.id);
    if (this.#entries[place]?.id === entry.id) {
      this.#entries[place] = entry;
      return true;
    }
    this.#entries.splice(place, 0, entry);
    const levels = this.levels;
    this.#thin(this.#levelOf(entry.id, levels), levels, pinned);
    return this.get(entry.id) === entry;
  }

  delete(id: RingId): boolean {
    const place = this.#placeOf(id);
    if (this.#entries[place]?.id !== id) return false;
    this.#entries.splice(place, 1);
    return true;
  }

  /** Arranges the levels around another id. */
  recentre(centre: RingId, pinned: (id: RingId) => boolean = () => false): void {
    this.#centre = centre;
    const levels = this.levels;
    for (let level = 0; level < levels; level++) this.#thin(level, levels, pinned);
  }

  findByEndpoint(address: string, port: number): E | undefined {
    return this.#entries.find((entry) => entry.port === port && entry.addresses.includes(address));
  }

  /** Up to `count` acceptable entries, the closest first. */
  closest(target: RingId, count: number, accept: (entry: E) => boolean = () => true): E[] {
    const found: E[] = [];
    let up = this.#placeOf(target);
    let down = up - 1;
    let above = -1n;
    let below = -1n;
    for (let left = this.size; left > 0 && found.length < count; left--) {
      if (above < 0n) above = distance(this.#at(up).id, target);
      if (below < 0n) below = distance(this.#at(down).id, target);
      const goesUp = above <= below;
      const nearer = this.#at(goesUp ? up++ : down--);
      if (goesUp) above = -1n;
      else below = -1n;
      if (accept(nearer)) found.push(nearer);
    }
    return found;
  }

  /** The next acceptable entry up the ring, all the way round if need be. */
  nearestAbove(id: RingId, accept: (entry: E) => boolean = () => true): E | undefined {
    return this.#next(id, this.#placeOf(id), 1, accept);
  }

  nearestBelow(id: RingId, accept: (entry: E) => boolean = () => true): E | undefined {
    return this.#next(id, this.#placeOf(id) - 1, -1, accept);
  }

  /** Whether an acceptable entry is cached on the shorter way from `a` to `b`, ends left out. */
  anyBetween(a: RingId, b: RingId, accept?: (entry: E) => boolean): boolean {
    const [low, high] = upward(a, b) <= HALF_RING ? [a, b] : [b, a];
    const above = this.nearestAbove(low, accept);
    return above !== undefined && isBetween(low, above.id, high);
  }

  /** `count` entries at about even distances, all of them when there are no more. */
  spread(count: number, random: Random): E[] {
    if (count >= this.size) return [...this.#entries];
    const start = this.#at(random.below(this.size)).id;
    const chosen: E[] = [];
    for (let step = 0n; step < count; step++) {
      const place = moved(start, (step * RING_SIZE) / BigInt(count));
      chosen.push(...this.closest(place, 1, (entry) => !chosen.includes(entry)));
    }
    return chosen;
  }

  /** The widest stretch without an entry in what an open level covers; the centre, a local id, needs none. */
  largestGap(level: number): Gap {
    const span = 2n * (RADII[level] as bigint);
    const start = level === 0 ? this.#centre : moved(this.#centre, -span / 2n);
    const known = this.#within(level).map(({ id }) => upward(start, id));
    const marks = [...known, 0n, upward(start, this.#centre), span].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    let [from, size] = [0n, 0n];
    for (const [index, mark] of marks.entries()) {
      const width = (marks[index + 1] ?? mark) - mark;
      if (width > size) [from, size] = [mark, width];
    }
    const middle = moved(start, from + size / 2n);
    return { size, middle, precision: precisionWithin(middle, size), excessive: size > span / ALLOWED_GAPS };
  }

  /** Lets entries of a level fall out until it holds no more than it may, or only pinned ones. */
  #thin(level: number, levels: number, pinned: (id: RingId) => boolean): void {
    if (this.#occupancyOf(level, levels) <= this.#levelCapacity) return;
    const members = this.#within(level).filter(({ id }) => this.#levelOf(id, levels) === level);
    const loose = members.filter(({ id }) => !pinned(id));
    for (let excess = members.length - this.#levelCapacity; excess > 0 && loose.length > 0; excess--) {
      const room = loose.map(({ id }) => this.#room(id));
      const tightest = room.reduce((best, width, index) => (width < (room[best] as bigint) ? index : best), 0);
      for (const { id } of loose.splice(tightest, 1)) this.delete(id);
      this.#fallen += 1;
    }
  }

  /** The width of the gap that the absence of a cached id would leave. */
  #room(id: RingId): bigint {
    const place = this.#placeOf(id);
    return upward(this.#at(place - 1).id, id) + upward(id, this.#at(place + 1).id);
  }

  #levelOf(id: RingId, levels: number): number {
    const reach = distance(id, this.#centre);
    let level = levels - 1;
    while (level > 0 && reach > (RADII[level] as bigint)) level -= 1;
    return level;
  }

  #occupancyOf(level: number, levels: number): number {
    return this.#countWithin(level) - (level + 1 < levels ? this.#countWithin(level + 1) : 0);
  }

  #countWithin(level: number): number {
    const [low, high] = this.#placesWithin(level);
    return high - low;
  }

  /** All entries in what a level covers, those of lower levels included. */
  #within(level: number): E[] {
    const [low, high] = this.#placesWithin(level);
    return [...this.#entries.slice(low, high), ...this.#entries.slice(0, Math.max(0, high - this.size))];
  }

  /** The first place in what a level covers, and the first behind: counted on where zero is in between. */
  #placesWithin(level: number): [number, number] {
    if (level === 0) return [0, this.size];
    const radius = RADII[level] as bigint;
    const [first, behind] = [moved(this.#centre, -radius), moved(this.#centre, radius + 1n)];
    return [this.#placeOf(first), this.#placeOf(behind) + (behind < first ? this.size : 0)];
  }

  /** Where `id` is, or would be inserted. */
  #placeOf(id: RingId): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle] as E).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Round the ring; there is at least one entry. */
  #at(place: number): E {
    const { length } = this.#entries;
    return this.#entries[((place % length) + length) % length] as E;
  }

  #next(id: RingId, place: number, step: 1 | -1, accept: (entry: E) => boolean): E | undefined {
    for (let taken = 0; taken < this.size; taken++) {
      const entry = this.#at(place + taken * step);
      if (entry.id !== id && accept(entry)) return entry;
    }
    return undefined;
  }
}

/** How many leading bits of `middle` keep an id inside the gap of `size` around it. */
function precisionWithin(middle: RingId, size: bigint): number {
  const below = size / 2n;
  const above = size - below;
  for (let precision = 0; precision < 256; precision++) {
    const block = 1n << BigInt(256 - precision);
    const offset = middle % block;
    if (offset < below && block - 1n - offset < above) return precision;
  }
  return 256;
}

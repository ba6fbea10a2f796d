import { RING_SIZE, successor } from '../routing/ring.js';
import type { Gap } from '../routing/route-cache.js';
import { cloudSize } from '../routing/split.js';
import type { CachedEntry, NodeState } from './node-state.js';
import type { RingSearch } from './ring-search.js';
import type { RouteEntryIntake } from './route-entry-intake.js';
import type { SplitDetection } from './split-detection.js';

/** Entries that are asked for at each tick. [MC-DRT] 3.1.6.1. */
const CHECKED_ENTRIES = 10;

/** What a node does by itself at each tick of the Maintenance Timer. [MS-PNRP] 3.1.6.2, 3.2.6.2. */
export class Maintenance {
  readonly #state: NodeState;
  readonly #intake: RouteEntryIntake;
  readonly #search: RingSearch;
  readonly #splits: SplitDetection;
  #lastChecked = 0n;

  constructor(state: NodeState, intake: RouteEntryIntake, search: RingSearch, splits: SplitDetection) {
    this.#state = state;
    this.#intake = intake;
    this.#search = search;
    this.#splits = splits;
  }

  /** Resolves when all is done; the next tick may come before. */
  async tick(): Promise<void> {
    this.#state.counters.count('maintenance', 'ticks');
    await Promise.all([
      this.check(),
      ...this.#gaps().map((gap) => this.#fill(gap)),
      this.#renew(),
      this.#splits.tick(),
    ]);
  }

  /** Asks some of the cached entries whether they are there; of those `missed` exchanges came to nothing already. */
  async check(missed?: number): Promise<void> {
    await Promise.all(this.#toCheck().map((entry) => this.#intake.verify(entry, missed)));
  }

  /** The next ones up the ring, so that each has its turn. */
  #toCheck(): CachedEntry[] {
    const entries = [...this.#state.cache.entries()];
    const start = Math.max(
      0,
      entries.findIndex(({ id }) => id > this.#lastChecked),
    );
    const checked = [...entries.slice(start), ...entries.slice(0, start)].slice(0, CHECKED_ENTRIES);
    this.#lastChecked = checked.at(-1)?.id ?? 0n;
    return checked;
  }

  /** The widest gap of each level that is wider than the level allows, but not so narrow that nobody may live there. */
  #gaps(): Gap[] {
    const { cache } = this.#state;
    if (cache.size === 0) return [];
    const ids = cloudSize(this.#state.leafSets())?.ids ?? Number.POSITIVE_INFINITY;
    return Array.from({ length: cache.levels }, (_, level) => cache.largestGap(level)).filter(
      ({ excessive, size }) => excessive && Number(size) * ids > Number(RING_SIZE),
    );
  }

  /** Note 6: whoever answers on the way to the middle of the gap enters the cache. */
  async #fill({ middle, precision }: Gap): Promise<void> {
    this.#state.counters.count('maintenance', 'gap searches');
    await this.#search.search({
      target: middle,
      criteria: { kind: 'upper-bits', precision },
      reason: 'cache-maintenance',
    });
  }

  /**
   * Goes the way of a registration again for one of the names: neighbours that lost sight of each other, by lost
   * datagrams for instance, come together by the LOOKUPs and their answers. So do those that its leaf set has room for.
   */
  async #renew(): Promise<void> {
    const { locals, cache, ports } = this.#state;
    const { random } = ports.host;
    const local = [...locals.values()][random.below(Math.max(1, locals.size))];
    if (local === undefined || cache.size === 0) return;
    const { leafSet, entry } = local;
    const [beyond] = random.below(2) === 0 ? leafSet.beyond() : leafSet.beyond().reverse();
    await Promise.all(
      [successor(entry.id), ...(beyond === undefined ? [] : [beyond])].map((target) =>
        this.#search.search({
          target,
          criteria: { kind: 'none' },
          reason: 'cache-maintenance',
          initialBestMatch: entry,
        }),
      ),
    );
  }
}

import { successor } from '../routing/ring.js';
import type { NodeState } from './node-state.js';
import type { RingSearch } from './ring-search.js';
import type { RouteEntryIntake } from './route-entry-intake.js';

/** Entries that are asked for at each tick. [MC-DRT] 3.1.6.1. */
const CHECKED_ENTRIES = 10;

/** What a node does by itself at each tick of the Maintenance Timer. [MS-PNRP] 3.1.6.2, 3.2.6.2. */
export class Maintenance {
  readonly #state: NodeState;
  readonly #intake: RouteEntryIntake;
  readonly #search: RingSearch;

  constructor(state: NodeState, intake: RouteEntryIntake, search: RingSearch) {
    this.#state = state;
    this.#intake = intake;
    this.#search = search;
  }

  /** Resolves when all is done; the next tick may come before. */
  async tick(): Promise<void> {
    const { cache, ports } = this.#state;
    const checked = cache.spread(CHECKED_ENTRIES, ports.host.random);
    await Promise.all([...checked.map((entry) => this.#intake.verify(entry)), this.#renew()]);
  }

  /**
   * Goes the way of a registration again for one of the names: neighbours that lost sight of each other, by lost
   * datagrams for instance, come together by the LOOKUPs and their answers.
   */
  async #renew(): Promise<void> {
    const locals = [...this.#state.locals.values()];
    const local = locals[this.#state.ports.host.random.below(Math.max(1, locals.length))];
    if (local === undefined || this.#state.cache.size === 0) return;
    await this.#search.search({
      target: successor(local.entry.id),
      criteria: { kind: 'none' },
      reason: 'cache-maintenance',
      initialBestMatch: local.entry,
    });
  }
}

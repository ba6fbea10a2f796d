import { type Endpoint, sameEndpoint } from '../routing/entry.js';
import { successor } from '../routing/ring.js';
import { type SplitVerdict, splitTestIsDue, splitVerdict } from '../routing/split.js';
import type { LocalName } from './local-name.js';
import type { NodeState } from './node-state.js';
import type { RingSearch } from './ring-search.js';

/**
 * Whether the cloud has fallen apart: the way to an own neighbour over a seed leads to one that nobody knew here. The
 * parts merge by what every search does with the nodes on its way: they enter the cache and the leaf sets, and their
 * neighbours are told. [MS-PNRP] 3.2.6.2.1, 3.2.5.11.1.
 */
export class SplitDetection {
  readonly #state: NodeState;
  readonly #search: RingSearch;
  #nextSeed = 0;

  constructor(state: NodeState, search: RingSearch) {
    this.#state = state;
    this.#search = search;
  }

  async tick(): Promise<void> {
    const { locals, ports } = this.#state;
    const names = [...locals.values()];
    if (names.length === 0 || !splitTestIsDue(this.#state.leafSets(), ports.host.random)) return;
    const [first] = names.splice(ports.host.random.below(names.length), 1) as [LocalName];
    const seed = await this.#takeSeed();
    if (seed === undefined || (await this.#test(first, seed)) !== 'smaller-part') return;
    // As many ranges as possible are to come together again.
    for (const local of names) await this.#test(local, seed);
  }

  /** 3.1.4.2: one seed after the other; not this node itself. */
  async #takeSeed(): Promise<Endpoint | undefined> {
    const { seeds, endpoints } = this.#state.ports;
    const others = (await seeds()).filter((seed) => !endpoints.some((own) => sameEndpoint(own, seed)));
    const seed = others[this.#nextSeed % Math.max(1, others.length)];
    this.#nextSeed += 1;
    return seed;
  }

  async #test(local: LocalName, { address, port }: Endpoint): Promise<SplitVerdict | undefined> {
    const { cache, locals, counters } = this.#state;
    const before = new Set([...cache.entries()].map(({ id }) => id));
    const target = successor(local.entry.id);
    counters.count('maintenance', 'split tests');
    const { found } = await this.#search.search({
      target,
      criteria: { kind: 'none' },
      reason: 'split-detection',
      initialNextHop: { id: 0n, port, addresses: [address], publicKey: undefined },
    });
    if (found === undefined) return undefined;
    const verdict = splitVerdict({
      bestMatch: found.entry.id,
      target,
      cache,
      isLocal: (id) => locals.has(id),
      isNew: (id) => !before.has(id),
    });
    counters.count('maintenance', verdict);
    return verdict;
  }
}

import { type Endpoint, type RingEntry, sameEndpoints } from '../routing/entry.js';
import { announcement, introductions, replacements } from '../routing/flood.js';
import { LeafSet } from '../routing/leaf-set.js';
import type { RingId } from '../routing/ring.js';
import { ringIdToHex } from '../routing/ring.js';
import { Shares } from '../routing/shares.js';
import type { AuthorityBuffer } from './authority-buffer.js';
import { Bound } from './bounds.js';
import type { Cpa } from './cpa.js';
import type { LocalName } from './local-name.js';
import { type CachedEntry, type NodeState, toRouteEntry } from './node-state.js';
import type { RouteEntry } from './route-entry.js';
import { validateCpa } from './validation.js';

/** Exchanges in a row without answer after which a cached entry is given up. */
const MISSES = 2;

/** Who sent a route entry that nobody asked for. */
export interface Origin {
  readonly from: Endpoint;
  /** Of the FLOOD that it came in, if it came in one. */
  readonly alreadyFloodedList?: readonly Endpoint[];
}

/**
 * Route entries on their way into the cache: none gets there before its node has answered an INQUIRE, and none into a
 * leaf set before its CPA was validated. [MS-PNRP] 3.1.5.11, 3.1.5.6.1.2, 3.2.5.11.
 */
export class RouteEntryIntake {
  readonly #state: NodeState;
  /** Pending Route Entry Add List, by ID and place: a false entry must not stand in the way of the right one. */
  readonly #pending = new Map<string, Promise<void>>();
  /** Places of what others send unasked, each held by who sent it and by where it leads: there is room for the rest. */
  readonly #unasked = new Shares({
    limit: 2 * Bound.UNASKED_ROUTE_ENTRIES,
    limitPerHolder: Bound.UNASKED_PER_ADDRESS,
  });
  /** Cached entries that are being asked whether they live. */
  readonly #verifying = new Set<RingId>();

  constructor(state: NodeState) {
    this.#state = state;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Resolves when the entry is in the cache or turned out not to belong there. */
  async offer(entry: CachedEntry, origin?: Origin): Promise<void> {
    if (!this.#isNews(entry)) return;
    const key = [ringIdToHex(entry.id), entry.port, ...entry.addresses].join(' ');
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const full = (): void => this.#state.drop('pending route entry list full', origin?.from);
    if (this.#pending.size >= Bound.PENDING_ROUTE_ENTRIES) return full();
    const release = this.#takePlace(entry, origin);
    if (release === undefined) return full();
    const checking = this.#check(entry, origin).finally(() => {
      this.#pending.delete(key);
      release();
    });
    this.#pending.set(key, checking);
    return checking;
  }

  /** What gives the place back; undefined when there is none. */
  #takePlace(entry: CachedEntry, origin: Origin | undefined): (() => void) | undefined {
    const holders = origin && [`from ${origin.from.address}`, `to ${this.#state.endpointOf(entry).address}`];
    const taken = (holders ?? []).filter((holder) => this.#unasked.take(holder));
    const release = (): void => taken.forEach((holder) => void this.#unasked.release(holder));
    if (taken.length === (holders?.length ?? 0)) return release;
    release();
    return undefined;
  }

  /** Forgets an id: its node is gone, or no longer has it. A leaf set that loses a member is filled again. 13.4. */
  remove(id: RingId): boolean {
    const known = this.#state.cache.delete(id);
    const losers = this.#state.leafSets().filter((leafSet) => leafSet.remove(id));
    for (const loser of losers) {
      for (const next of replacements(loser, this.#state.cache)) void this.offer(next);
    }
    if (known || losers.length > 0) {
      this.#state.trace('cache', () => ({ change: 'removed' as const, pnrpId: ringIdToHex(id) }));
      this.#state.ports.changed();
    }
    return losers.length > 0;
  }

  /**
   * Forgets an entry whose node does not answer for it any more, in two exchanges in a row: one alone may be lost.
   * `missed` of them came to nothing already. [MS-PNRP] has no rule for it; [MC-DRT] 3.1.6.1 has.
   */
  async verify(entry: CachedEntry, missed = 0): Promise<void> {
    const state = this.#state;
    if (this.#verifying.has(entry.id) || state.cache.get(entry.id) === undefined) return;
    this.#verifying.add(entry.id);
    let answer: AuthorityBuffer | undefined;
    for (let tries = missed; answer === undefined && tries < MISSES && !state.closed; tries++) {
      answer = await state.inquire(entry, { cpa: false, certChain: false, extendedPayload: false });
    }
    this.#verifying.delete(entry.id);
    if ((answer === undefined || answer.notFound) && !state.closed) this.remove(entry.id);
  }

  /** D-35: what is known already is dropped, unless its addresses changed or a leaf set still lacks it. */
  #isNews(entry: CachedEntry): boolean {
    const { ports, locals, cache } = this.#state;
    if (!ports.policy.acceptsEntry(entry)) {
      this.#state.drop('route entry with an address or port that no node of this cloud has');
      return false;
    }
    if (locals.has(entry.id)) return false;
    const known = cache.get(entry.id);
    if (known === undefined || !sameEndpoints(known, entry)) return true;
    return this.#state.admitting(entry.id).some(({ leafSet }) => !leafSet.has(entry.id));
  }

  async #check(entry: CachedEntry, origin: Origin | undefined): Promise<void> {
    const state = this.#state;
    const needCpa = state.admitting(entry.id).length > 0;
    const nonce = needCpa ? state.ports.host.random.bytes(16) : undefined;
    const answer = await state.inquire(entry, { cpa: needCpa, certChain: needCpa, extendedPayload: false, nonce });
    if (answer === undefined || state.closed) return;
    if (answer.notFound) {
      // N speaks for the node that was asked: it says nothing of the same ID at another place.
      const known = state.cache.get(entry.id);
      if (known !== undefined && sameEndpoints(known, entry)) this.remove(entry.id);
      return;
    }
    // What is kept must not keep the messages that it came in: an address may be a slice of one's bytes, the key a view.
    const { id, port } = entry;
    const addresses = entry.addresses.map(copyOf);
    let { publicKey } = entry;
    if (nonce !== undefined) {
      const valid = await validateCpa(state, answer, { entry, nonce, extendedPayload: false });
      if (valid === undefined || state.closed) return;
      if (!this.#isAtItsServiceAddresses(entry, valid.cpa)) return state.drop('CPA: other service addresses');
      publicKey = Uint8Array.from(valid.cpa.publicKey);
    }
    if (await this.#isElsewhere(entry)) return state.drop('route entry of an ID that another node has');
    if (!state.closed) this.#store({ id, port, addresses, publicKey }, origin);
  }

  /**
   * Anybody can answer for an ID, and sign for an unsecured name: the node that is known for it is asked first whether
   * it is at these addresses now, as one that moved is (3.2.7.2).
   */
  async #isElsewhere(entry: CachedEntry): Promise<boolean> {
    const state = this.#state;
    const known = state.cache.get(entry.id);
    if (known === undefined || sameEndpoints(known, entry)) return false;
    const nonce = state.ports.host.random.bytes(16);
    const answer = await state.inquire(known, { cpa: true, certChain: true, extendedPayload: false, nonce });
    if (answer === undefined || answer.notFound) return false;
    const valid = await validateCpa(state, answer, { entry: known, nonce, extendedPayload: false });
    return valid !== undefined && !this.#isAtItsServiceAddresses(entry, valid.cpa);
  }

  /** 3.1.5.6.1.2 step 5: the publisher itself has to say that its node is where the route entry says. */
  #isAtItsServiceAddresses(entry: CachedEntry, { serviceAddresses }: Cpa): boolean {
    const certified = serviceAddresses.filter(({ port }) => port === entry.port).map(({ address }) => address);
    const isSubset = entry.addresses.every((address) => certified.includes(address));
    // UNCONFIRMED: pnrp.address-match
    if (this.#state.ports.readings.get('pnrp.address-match') === 'subset') return isSubset;
    return (
      isSubset &&
      certified.length === serviceAddresses.length &&
      certified.every((address) => entry.addresses.includes(address))
    );
  }

  #store(entry: CachedEntry, origin: Origin | undefined): void {
    const state = this.#state;
    const admitting = entry.publicKey === undefined ? [] : state.admitting(entry.id);
    for (const local of admitting) local.leafSet.insert(entry);
    state.cache.insert(entry, (id) => state.isPinned(id));
    state.trace('cache', () => ({ change: 'added' as const, pnrpId: ringIdToHex(entry.id) }));
    if (admitting.length > 0) this.#announce(admitting, entry, origin);
    state.ports.changed();
  }

  /** 3.2.5.11: tells the neighbours of an entry that a leaf set took in, and the newcomer of its neighbours. */
  #announce(admitting: readonly LocalName[], entry: CachedEntry, origin: Origin | undefined): void {
    const state = this.#state;
    const { endpoints, readings } = state.ports;
    const { targets, alreadyFlooded } = announcement({
      subject: entry,
      cache: state.cache,
      received: origin?.alreadyFloodedList ?? [],
      own: endpoints,
      drop: readings.get('pnrp.flooded-list'), // UNCONFIRMED: pnrp.flooded-list
    });
    for (const target of targets) this.#flood(target, toRouteEntry(entry), alreadyFlooded);
    // D-33: the entries of the local IDs go back to who brought the newcomer, by the rule, and to the newcomer itself, by
    // the example of 4.4. Of many on this node, the newcomer's own leaf set has room for the nearest.
    const neighbours = new LeafSet<CachedEntry>(entry.id);
    for (const local of admitting) neighbours.insert(local.entry);
    const floodSource = origin?.alreadyFloodedList && origin.from;
    for (const newcomer of introductions(entry, floodSource, state.cache)) {
      for (const neighbour of [...neighbours.lower, ...neighbours.higher])
        this.#flood(newcomer, toRouteEntry(neighbour), endpoints.slice(0, 1));
    }
  }

  #flood(to: RingEntry, routeEntry: RouteEntry, alreadyFloodedList: readonly Endpoint[]): void {
    void this.#state.flood({ to: this.#state.endpointOf(to), validate: to.id, routeEntry, alreadyFloodedList }, () =>
      this.remove(to.id),
    );
  }
}

function copyOf(address: string): string {
  return Buffer.from(address, 'latin1').toString('latin1');
}

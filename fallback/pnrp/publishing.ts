import { PeerError } from '../../lib/errors.js';
import { referral } from '../routing/answer.js';
import type { Endpoint } from '../routing/entry.js';
import { departure, floodedList, revokeTarget } from '../routing/flood.js';
import { type RingId, ringIdFromBytes, successor } from '../routing/ring.js';
import { encode } from '../wire/codec.js';
import { type AuthorityBuffer, authorityBufferCodec, splitAuthority } from './authority-buffer.js';
import { Bound, Time } from './bounds.js';
import { LocalName, type NameContent, type NameIdentity } from './local-name.js';
import { type CachedEntry, type NodeState, toCached, toRouteEntry } from './node-state.js';
import type { Inquire, Lookup } from './resolve-messages.js';
import type { RingSearch } from './ring-search.js';
import type { RouteEntry } from './route-entry.js';
import type { RouteEntryIntake } from './route-entry-intake.js';
import type { Flood } from './sync-messages.js';
import { validateRevoke } from './validation.js';

const NOTHING: AuthorityBuffer = { leafSet: false, busy: false, notFound: false };

/** The names of this node: how they come and go, and what others are told of them. [MS-PNRP] 3.2.4, 3.2.5. */
export class Publishing {
  readonly #state: NodeState;
  readonly #intake: RouteEntryIntake;
  readonly #search: RingSearch;
  readonly #introductions = new Map<RingId, () => void>();

  constructor(state: NodeState, intake: RouteEntryIntake, search: RingSearch) {
    this.#state = state;
    this.#intake = intake;
    this.#search = search;
  }

  /**
   * 3.2.4.1: a search for the ID after the new one goes past the nodes that become its neighbours. They learn of it
   * by the route entry in the LOOKUPs, and their answers fill its leaf set.
   */
  async register(identity: NameIdentity, content: NameContent, operation: string): Promise<LocalName> {
    const state = this.#state;
    if (state.closed) throw closedNode(operation);
    if (state.locals.size >= Bound.LOCAL_NAMES) {
      const why = `a node registers at most ${Bound.LOCAL_NAMES} names in a cloud`;
      throw new PeerError('PEER_E_TOO_MUCH_LOAD', operation, why);
    }
    const local = new LocalName(state.ports, state.ownEndpoint(operation).address, identity, content);
    if (state.locals.size === 0) state.cache.recentre(local.entry.id);
    state.locals.set(local.entry.id, local);
    state.ports.changed();
    // 4.4: a neighbour that takes the new ID into its leaf set introduces itself: from then on others find the name. Not
    // every implementation has to do that, so there is an end to the waiting.
    const introduced = new Promise<void>((resolve) => this.#introductions.set(local.entry.id, resolve));
    try {
      const usefulHops = await this.#announce(local);
      if (usefulHops > 0) await state.waitAtMost(Time.INTRODUCTION_MS, introduced);
    } catch (error) {
      state.locals.delete(local.entry.id);
      state.ports.changed();
      throw error;
    } finally {
      this.#introductions.delete(local.entry.id);
    }
    if (state.closed) throw closedNode(operation);
    return local;
  }

  /** Step 5 of 3.2.4.1 again, for whoever came since. */
  async refresh(local: LocalName): Promise<void> {
    await this.#announce(local);
  }

  /** 3.2.7.2: step 5 of 3.2.4.1 again, with the new endpoints. */
  async relocated(): Promise<void> {
    const locals = [...this.#state.locals.values()];
    for (const local of locals) local.relocated();
    await Promise.all(locals.map((local) => this.#announce(local)));
  }

  /** 3.2.4.2. Resolves when the neighbours have acknowledged, or can't be reached. */
  async unregister(local: LocalName): Promise<void> {
    const state = this.#state;
    if (!state.locals.delete(local.entry.id)) return;
    state.ports.changed();
    const revokeCpa = await local.revokeCpa();
    const { revokeTo, repairs } = departure(local.leafSet);
    await Promise.all([
      ...revokeTo.map((neighbour) => this.#flood(neighbour, { revokeCpa })),
      ...repairs.map(({ to, entry }) => this.#flood(to, { routeEntry: toRouteEntry(entry) })),
    ]);
  }

  async unregisterAll(): Promise<void> {
    await Promise.allSettled([...this.#state.locals.values()].map((local) => this.unregister(local)));
  }

  /** 3.2.5.2. */
  onLookup(lookup: Lookup, from: Endpoint): void {
    const state = this.#state;
    const { ports, locals, cache } = state;
    if (lookup.routeEntry !== undefined) void this.#intake.offer(toCached(lookup.routeEntry), { from });
    const answer = referral({
      target: ringIdFromBytes(lookup.targetPnrpId),
      validate: ringIdFromBytes(lookup.validatePnrpId),
      acceptAny: lookup.acceptAny,
      flaggedPath: lookup.flaggedPath,
      local: [...locals.values()].map((it) => it.entry),
      leafSets: state.leafSets(),
      cache,
      membership: ports.readings.get('pnrp.path-membership'), // UNCONFIRMED: pnrp.path-membership
      random: ports.host.random,
    });
    this.#sendAuthority(lookup.messageId, from, {
      ...NOTHING,
      notFound: answer.notRegistered,
      leafSet: answer.suspicious,
      routeEntry: answer.entry === undefined ? undefined : toRouteEntry(answer.entry),
    });
  }

  /** 3.2.5.6. */
  async onInquire(inquire: Inquire, from: Endpoint): Promise<void> {
    const local = this.#state.locals.get(ringIdFromBytes(inquire.validatePnrpId));
    if (local === undefined) return this.#sendAuthority(inquire.messageId, from, { ...NOTHING, notFound: true });
    const { nonce } = inquire;
    // D-08, D-09: the classifier always comes with a CPA, and so does the route entry that it is compared with.
    // Both say the same of the payload only when they are made from one content, before it may be updated.
    const [validateCpa, extendedPayload] = await Promise.all([
      inquire.cpa ? local.cpa(nonce) : undefined,
      inquire.extendedPayload ? local.extendedPayload(nonce) : undefined,
    ]);
    const proof =
      validateCpa === undefined
        ? {}
        : { classifier: local.identity.parts.classifier, routeEntry: toRouteEntry(local.entry), validateCpa };
    this.#sendAuthority(inquire.messageId, from, { ...NOTHING, ...proof, extendedPayload });
  }

  /** 3.1.5.5, 3.2.5.5. */
  async onFlood(flood: Flood, from: Endpoint): Promise<void> {
    const state = this.#state;
    const validate = ringIdFromBytes(flood.validatePnrpId);
    if (!flood.doNotAck) {
      const notFound = state.locals.size > 0 && validate !== 0n && !state.locals.has(validate);
      const { messageId } = flood;
      state.send({ type: 'ACK', messageId: state.nextMessageId(), ackedMessageId: messageId, notFound }, from);
    }
    if (flood.routeEntry !== undefined) {
      const { alreadyFloodedList } = flood;
      const taken = this.#intake.offer(toCached(flood.routeEntry), { from, alreadyFloodedList });
      // An introduction counts when the neighbour is in the leaf set: only then would it be told of the end.
      const introduced = this.#introductions.get(validate);
      if (introduced !== undefined) void taken.then(introduced);
    }
    if (flood.revokeCpa !== undefined) await this.#onRevoke(flood, flood.revokeCpa, from);
  }

  /** 4.3: a revoke goes on, away from where it came from, as long as it concerns a leaf set. */
  async #onRevoke(flood: Flood, revokeCpa: Uint8Array, from: Endpoint): Promise<void> {
    const state = this.#state;
    const revoked = await validateRevoke(state, revokeCpa);
    if (revoked === undefined || state.closed) return;
    const { id } = revoked;
    // Anybody can sign for a name whose key is not known: only its node says what is true.
    if (revoked.publicKey === undefined) return this.#intake.verify(revoked);
    const concerned = [...state.locals.values()].filter((local) => local.leafSet.has(id));
    this.#intake.remove(id);
    const told = [...flood.alreadyFloodedList, from];
    for (const { leafSet } of concerned) {
      const next = revokeTarget(leafSet, id, told);
      if (next !== undefined) void this.#flood(next, { revokeCpa }, told);
    }
  }

  /** Step 5 of 3.2.4.1. Resolves to the number of nodes that learned of the name on the way. */
  async #announce(local: LocalName): Promise<number> {
    const { usefulHops } = await this.#search.search({
      target: successor(local.id),
      criteria: { kind: 'none' },
      reason: 'registration',
      initialBestMatch: local.entry,
    });
    return usefulHops;
  }

  #flood(
    to: CachedEntry,
    content: { readonly revokeCpa: Uint8Array } | { readonly routeEntry: RouteEntry },
    told: readonly Endpoint[] = [],
  ): Promise<void> {
    const { endpoints, readings } = this.#state.ports;
    // UNCONFIRMED: pnrp.flooded-list
    const alreadyFloodedList = floodedList(told, endpoints.slice(0, 1), readings.get('pnrp.flooded-list'));
    return this.#state.flood({ to: this.#state.endpointOf(to), validate: to.id, alreadyFloodedList, ...content }, () =>
      this.#intake.remove(to.id),
    );
  }

  /** 3.2.5.10. */
  #sendAuthority(ackedMessageId: number, to: Endpoint, buffer: AuthorityBuffer): void {
    const bytes = encode(authorityBufferCodec(this.#state.ports.readings), buffer);
    for (const part of splitAuthority(bytes, this.#state.nextMessageId(), ackedMessageId)) this.#state.send(part, to);
  }
}

function closedNode(operation: string): PeerError {
  return new PeerError('PEER_E_NOT_INITIALIZED', operation, 'PNRP is closed');
}

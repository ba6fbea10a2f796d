import { InboundConversations, OutboundConversations } from '../routing/conversations.js';
import type { Endpoint } from '../routing/entry.js';
import { type RingId, ringIdFromBytes, ringIdToBytes } from '../routing/ring.js';
import { offer } from '../routing/solicit.js';
import type { ByteString } from '../wire/byte-string.js';
import { Bound, Time } from './bounds.js';
import { SolicitType } from './constants.js';
import { type CachedEntry, type NodeState, toCached, toRouteEntry } from './node-state.js';
import type { RouteEntryIntake } from './route-entry-intake.js';
import type { Advertise, Flood, Request, Solicit } from './sync-messages.js';

/** What the sender of a SOLICIT is told. */
interface Offer {
  readonly ids: readonly RingId[];
  /** Of the SOLICIT's route entry; zero without one. */
  readonly validate: RingId;
}

/**
 * Cache synchronisation: SOLICIT, ADVERTISE, REQUEST, ACK and the FLOODs that follow. [MS-PNRP] 3.1.4.3, 3.1.5.3,
 * 3.2.5.3, 3.2.5.4.
 */
export class Synchronisation {
  readonly #state: NodeState;
  readonly #intake: RouteEntryIntake;
  readonly #inbound: InboundConversations<Offer>;
  readonly #outbound: OutboundConversations;
  /** Who waits for the FLOOD of an id that a REQUEST of ours asked for. */
  readonly #expected = new Map<RingId, (entry: CachedEntry) => void>();

  constructor(state: NodeState, intake: RouteEntryIntake) {
    this.#state = state;
    this.#intake = intake;
    const { clock, random } = state.ports.host;
    const { CONVERSATIONS: limit, CONVERSATIONS_PER_SOURCE: limitPerSource } = Bound;
    this.#inbound = new InboundConversations({ clock, limit, limitPerSource });
    this.#outbound = new OutboundConversations(random);
  }

  /** Conversations that others began. */
  get conversations(): number {
    return this.#inbound.size;
  }

  close(): void {
    this.#inbound.close();
  }

  /**
   * Asks a node for route entries; resolves when what it offered is in the cache, or no more is to be had. Where all
   * of that is gone, there is still the node itself: it is asked for its own.
   */
  async synchronise(to: Endpoint): Promise<void> {
    const offered = await this.#converse(to, undefined);
    if (offered && this.#state.cache.size === 0) await this.#converse(to, SolicitType.LOCAL);
  }

  /** Whether the node offered anything. */
  async #converse(to: Endpoint, solicitType: SolicitType | undefined): Promise<boolean> {
    const messageId = this.#state.nextMessageId();
    const advertise = await this.#solicit(to, messageId, this.#outbound.start(messageId), solicitType);
    const nonce = advertise && this.#outbound.finish(messageId, advertise.hashedNonce);
    this.#outbound.release(messageId);
    if (nonce === undefined || advertise === undefined || advertise.pnrpIds.length === 0) return false;
    await this.#request(to, nonce, advertise.pnrpIds);
    return true;
  }

  #solicit(
    to: Endpoint,
    messageId: number,
    hashedNonce: Uint8Array,
    solicitType: SolicitType | undefined,
  ): Promise<Advertise | undefined> {
    const [own] = this.#state.locals.values();
    const routeEntry = own && toRouteEntry(own.entry);
    return new Promise((resolve) => {
      const nothing = (): void => resolve(undefined);
      const solicit = { type: 'SOLICIT', messageId, solicitType, hashedNonce, routeEntry } as const;
      if (!this.#state.request(solicit, to, { type: 'SOLICIT', answered: resolve }, nothing)) nothing();
    });
  }

  /** The FLOODs are not acknowledged, so what does not come in time is lost. */
  async #request(to: Endpoint, nonce: Uint8Array, offered: readonly ByteString[]): Promise<void> {
    const pnrpIds = [...new Set(offered)].slice(0, Bound.REQUESTED_IDS);
    const ids = pnrpIds.map(ringIdFromBytes).filter((id) => !this.#state.locals.has(id));
    const arrivals = ids.map((id) => new Promise<CachedEntry>((resolve) => this.#expected.set(id, resolve)));
    const messageId = this.#state.nextMessageId();
    const request = { type: 'REQUEST', answered: () => undefined } as const;
    this.#state.request({ type: 'REQUEST', messageId, nonce, pnrpIds }, to, request, () => undefined);
    const cached: Promise<void>[] = [];
    const noted = arrivals.map(async (arrival) => cached.push(this.#intake.offer(await arrival)));
    await this.#state.waitAtMost(Time.SYNCHRONISATION_MS, Promise.all(noted));
    for (const id of ids) this.#expected.delete(id);
    await Promise.all(cached);
  }

  /** A FLOOD that a REQUEST of ours may have asked for, after its route entry was offered to the cache. */
  onFlood({ routeEntry }: Flood): void {
    const entry = routeEntry && toCached(routeEntry);
    if (entry !== undefined) this.#expected.get(entry.id)?.(entry);
  }

  /** 3.2.5.3. A node without names offers nothing and keeps nothing: 1.3.3.3. */
  onSolicit(solicit: Solicit, from: Endpoint): void {
    const state = this.#state;
    const source = solicit.routeEntry && toCached(solicit.routeEntry);
    const local = [...state.locals.values()].map((it) => it.entry);
    const makeOffer = (): Offer => {
      const onlyLocal = solicit.solicitType === SolicitType.LOCAL;
      const entries = offer({ cache: state.cache, local, onlyLocal, random: state.ports.host.random });
      return { ids: entries.map((it) => it.id), validate: source?.id ?? 0n };
    };
    const opened = local.length > 0 ? this.#inbound.open(from, solicit.hashedNonce, makeOffer) : undefined;
    if (opened === 'answered') return state.drop('SOLICIT answered already', from);
    if (opened === 'full') state.drop('conversation table full', from);
    const offered = typeof opened === 'object' ? opened.offer.ids : [];
    state.send(
      {
        type: 'ADVERTISE',
        messageId: state.nextMessageId(),
        ackedMessageId: solicit.messageId,
        pnrpIds: offered.map(ringIdToBytes),
        hashedNonce: solicit.hashedNonce,
      },
      from,
    );
    if (source !== undefined) void this.#intake.offer(source, { from });
  }

  /** 3.2.5.4. */
  onRequest(request: Request, from: Endpoint): void {
    const state = this.#state;
    const conversation = this.#inbound.take(from, request.nonce);
    if (conversation === undefined) return state.drop('REQUEST without conversation', from);
    const ackedMessageId = request.messageId;
    state.send({ type: 'ACK', messageId: state.nextMessageId(), ackedMessageId, notFound: false }, from);
    for (const id of conversation.ids.filter((it) => request.pnrpIds.includes(ringIdToBytes(it)))) {
      const entry = state.locals.get(id)?.entry ?? state.cache.get(id);
      if (entry === undefined) continue;
      state.send(
        {
          type: 'FLOOD',
          messageId: state.nextMessageId(),
          doNotAck: true,
          validatePnrpId: ringIdToBytes(conversation.validate),
          routeEntry: toRouteEntry(entry),
          alreadyFloodedList: [],
        },
        from,
      );
    }
  }
}

import { createHash } from 'node:crypto';
import { Conversations } from '../routing/conversations.js';
import type { Endpoint } from '../routing/entry.js';
import { type RingId, ringIdFromHex, ringIdToHex } from '../routing/ring.js';
import { offeredIds } from '../routing/solicit.js';
import { Bound, Time } from './bounds.js';
import { SolicitType } from './constants.js';
import { type CachedEntry, type NodeState, toCached, toRouteEntry } from './node-state.js';
import type { RouteEntryIntake } from './route-entry-intake.js';
import type { Advertise, Flood, Request, Solicit } from './sync-messages.js';

/** What a SOLICIT's sender has to be told later. */
interface Inbound {
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
  readonly #inbound: Conversations<Inbound>;
  /** FLOODs that a REQUEST of ours asked for, by id. */
  readonly #expected = new Map<RingId, (entry: CachedEntry) => void>();

  constructor(state: NodeState, intake: RouteEntryIntake) {
    this.#state = state;
    this.#intake = intake;
    this.#inbound = new Conversations<Inbound>({ clock: state.ports.host.clock, limit: Bound.CONVERSATIONS });
  }

  close(): void {
    this.#inbound.close();
  }

  /** Asks a node for route entries; resolves when what it offered is in the cache, or no more is to be had. */
  async synchronise(to: Endpoint): Promise<void> {
    const nonce = this.#state.ports.host.random.bytes(16);
    const advertise = await this.#solicit(to, nonce);
    if (advertise === undefined || advertise.pnrpIds.length === 0) return;
    await this.#request(to, nonce, advertise.pnrpIds);
  }

  #solicit(to: Endpoint, nonce: Uint8Array): Promise<Advertise | undefined> {
    const hashedNonce = sha1(nonce);
    const own = [...this.#state.locals.values()][0];
    return new Promise((resolve) => {
      const nothing = (): void => resolve(undefined);
      const answered = (answer: Advertise): void =>
        resolve(equal(answer.hashedNonce, hashedNonce) ? answer : undefined);
      const messageId = this.#state.nextMessageId();
      const routeEntry = own === undefined ? undefined : toRouteEntry(own.entry);
      const sent = this.#state.request(
        { type: 'SOLICIT', messageId, hashedNonce, routeEntry },
        to,
        { type: 'SOLICIT', answered },
        nothing,
      );
      if (!sent) nothing();
    });
  }

  /** The FLOODs are not acknowledged, so what does not come in time is lost. */
  async #request(to: Endpoint, nonce: Uint8Array, pnrpIds: readonly string[]): Promise<void> {
    const ids = pnrpIds.map(ringIdFromHex).filter((id) => !this.#state.locals.has(id));
    const arrivals = ids.map(
      (id) =>
        new Promise<CachedEntry | undefined>((resolve) => {
          this.#expected.set(id, resolve);
          this.#state.after(Time.SYNCHRONISATION_MS, () => resolve(undefined));
        }),
    );
    const messageId = this.#state.nextMessageId();
    const request = { type: 'REQUEST', answered: () => undefined } as const;
    this.#state.request({ type: 'REQUEST', messageId, nonce, pnrpIds }, to, request, () => undefined);
    await Promise.all(
      arrivals.map(async (arrival) => {
        const entry = await arrival;
        if (entry !== undefined) await this.#intake.offer(entry);
      }),
    );
    for (const id of ids) this.#expected.delete(id);
  }

  /** True when the FLOOD is one that a REQUEST of ours asked for. */
  takeFlood(flood: Flood): boolean {
    if (flood.routeEntry === undefined) return false;
    const entry = toCached(flood.routeEntry);
    const arrived = this.#expected.get(entry.id);
    this.#expected.delete(entry.id);
    arrived?.(entry);
    return arrived !== undefined;
  }

  /** 3.2.5.3. */
  onSolicit(solicit: Solicit, from: Endpoint): void {
    const state = this.#state;
    // A node without names offers nothing and keeps nothing: 1.3.3.3.
    const source = solicit.routeEntry === undefined ? undefined : toCached(solicit.routeEntry);
    const open = state.locals.size > 0 && this.#inbound.open(from, solicit.hashedNonce, { validate: source?.id ?? 0n });
    const locals = [...state.locals.keys()];
    const localOnly = solicit.solicitType === SolicitType.LOCAL;
    const offered = open ? offeredIds(state.cache, locals, localOnly, state.ports.host.random) : [];
    state.send(
      {
        type: 'ADVERTISE',
        messageId: state.nextMessageId(),
        ackedMessageId: solicit.messageId,
        pnrpIds: offered.map(ringIdToHex),
        hashedNonce: solicit.hashedNonce,
      },
      from,
    );
    if (source !== undefined) void this.#intake.offer(source);
  }

  /** 3.2.5.4: SHA-1 of the nonce has to be what the SOLICIT said. */
  onRequest(request: Request, from: Endpoint): void {
    const state = this.#state;
    const conversation = this.#inbound.take(from, sha1(request.nonce));
    if (conversation === undefined) return state.drop('REQUEST without conversation', from);
    state.send(
      { type: 'ACK', messageId: state.nextMessageId(), ackedMessageId: request.messageId, notFound: false },
      from,
    );
    for (const pnrpId of new Set(request.pnrpIds)) {
      const id = ringIdFromHex(pnrpId);
      const entry = state.locals.get(id)?.entry ?? state.cache.get(id);
      if (entry === undefined) continue;
      state.send(
        {
          type: 'FLOOD',
          messageId: state.nextMessageId(),
          doNotAck: true,
          validatePnrpId: ringIdToHex(conversation.validate),
          routeEntry: toRouteEntry(entry),
          alreadyFloodedList: [],
        },
        from,
      );
    }
  }
}

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

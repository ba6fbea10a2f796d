import type { ResolveHop } from '../../lib/backend/contract/pnrp.js';
import type { Criteria } from '../routing/criteria.js';
import { type Endpoint, isListed } from '../routing/entry.js';
import { Lookup, type LookupStep, type ResolveReason } from '../routing/lookup.js';
import { matchingBits, type RingId, ringIdToBytes, ringIdToHex } from '../routing/ring.js';
import type { AuthorityBuffer } from './authority-buffer.js';
import { Bound } from './bounds.js';
import { ResolveCriteria, ResolveReasonCode } from './constants.js';
import { type CachedEntry, type NodeState, toCached, toRouteEntry } from './node-state.js';
import type { RouteEntryIntake } from './route-entry-intake.js';
import { type ValidAnswer, validateCpa } from './validation.js';

/** 3.1.4.4.2: fewer cached entries than this make a small cache (D-12: eight are enough). */
const SMALL_CACHE = 8;

export interface SearchOptions {
  readonly target: RingId;
  readonly criteria: Criteria;
  readonly reason: ResolveReason;
  /** Own entry that a registration starts with. */
  readonly initialBestMatch?: CachedEntry;
  /** The seed that split detection starts with, under id zero. */
  readonly initialNextHop?: CachedEntry;
  /** Nodes to pass over: those already found. */
  readonly passOver?: readonly Endpoint[];
  readonly onHop?: (hop: Omit<ResolveHop, 'cloud'>) => void;
  readonly cancelled?: () => boolean;
}

export interface SearchResult {
  readonly found: ValidAnswer | undefined;
  readonly usefulHops: number;
}

/** Searches of the ring by LOOKUP and INQUIRE. [MS-PNRP] 3.1.4.4.2, 3.1.5.6.1. */
export class RingSearch {
  readonly #state: NodeState;
  readonly #intake: RouteEntryIntake;
  #running = 0;
  /** Searches that wait for one to end. Only this node's own callers start any, so the network can't make it grow. */
  readonly #waiting: (() => void)[] = [];

  constructor(state: NodeState, intake: RouteEntryIntake) {
    this.#state = state;
    this.#intake = intake;
  }

  async search(options: SearchOptions): Promise<SearchResult> {
    if (this.#running < Bound.RESOLVES) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#search(options);
    } finally {
      // The place goes to the one that has waited longest.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #search(options: SearchOptions): Promise<SearchResult> {
    const { cache, ports } = this.#state;
    const [ownEndpoint] = ports.endpoints;
    // The machine may have lost its addresses while the search was prepared, or waited for its turn.
    if (ownEndpoint === undefined) return { found: undefined, usefulHops: 0 };
    const membership = ports.readings.get('pnrp.path-membership'); // UNCONFIRMED: pnrp.path-membership
    const { passOver = [] } = options;
    const lookup = new Lookup<CachedEntry>({
      ...options,
      nearest: ports.readings.get('pnrp.nearest'), // UNCONFIRMED: pnrp.nearest
      membership,
      ownEndpoint,
      closest: (fresh) =>
        cache.closest(options.target, 1, (entry) => fresh(entry) && !isListed(entry, passOver, membership))[0],
      cacheIsSmall: () => cache.size < SMALL_CACHE,
    });
    for (;;) {
      const step = lookup.next();
      if (step.do === 'finish' || this.#state.closed || options.cancelled?.()) {
        return { found: undefined, usefulHops: lookup.usefulHops };
      }
      if (step.do === 'lookup') {
        await this.#lookup(lookup, step, options);
      } else {
        const found = await this.#inquire(lookup, step.entry, options);
        if (found !== undefined) return { found, usefulHops: lookup.usefulHops };
      }
    }
  }

  async #lookup(
    lookup: Lookup<CachedEntry>,
    step: Extract<LookupStep<CachedEntry>, { do: 'lookup' }>,
    options: SearchOptions,
  ): Promise<void> {
    const { hop } = step;
    const to = this.#state.endpointOf(hop);
    const started = this.#state.ports.host.clock.now();
    const answer = await this.#ask(to, step, options);
    const next = answer?.routeEntry === undefined ? undefined : this.#acceptable(toCached(answer.routeEntry));
    const effect =
      answer === undefined
        ? lookup.timedOut(to)
        : lookup.answered({
            from: to,
            notRegistered: answer.notFound,
            suspicious: answer.leafSet,
            busy: answer.busy,
            newNextHop: next,
          });
    if (effect.submit !== undefined) void this.#intake.offer(effect.submit);
    if (effect.suspect !== undefined) void this.#intake.verify(effect.suspect, 1);
    if (effect.drop !== undefined) this.#intake.remove(effect.drop);
    const outcome =
      answer === undefined
        ? 'unreachable'
        : answer.notFound
          ? 'not-registered'
          : next === undefined
            ? 'dead-end'
            : 'accepted';
    this.#report('LOOKUP', hop, to, started, outcome, options);
  }

  #ask(
    to: Endpoint,
    step: Extract<LookupStep<CachedEntry>, { do: 'lookup' }>,
    { target, criteria, reason }: SearchOptions,
  ): Promise<AuthorityBuffer | undefined> {
    const lookup = {
      type: 'LOOKUP',
      messageId: this.#state.nextMessageId(),
      acceptAny: step.acceptAny,
      precision: criteria.kind === 'upper-bits' ? criteria.precision : 0,
      criteria: CRITERIA[criteria.kind],
      reasonCode: REASONS[reason],
      targetPnrpId: ringIdToBytes(target),
      validatePnrpId: ringIdToBytes(step.hop.id),
      routeEntry: step.bestMatch === undefined ? undefined : toRouteEntry(step.bestMatch),
      flaggedPath: step.path,
    } as const;
    return new Promise((resolve) => {
      const nothing = (): void => resolve(undefined);
      if (!this.#state.request(lookup, to, { type: 'LOOKUP', answered: resolve }, nothing)) nothing();
    });
  }

  async #inquire(
    lookup: Lookup<CachedEntry>,
    entry: CachedEntry,
    options: SearchOptions,
  ): Promise<ValidAnswer | undefined> {
    const state = this.#state;
    const to = state.endpointOf(entry);
    const started = state.ports.host.clock.now();
    const nonce = state.ports.host.random.bytes(16);
    const answer = await state.inquire(entry, { cpa: true, certChain: true, extendedPayload: true, nonce });
    if (answer === undefined) {
      const { drop } = lookup.timedOut(to);
      if (drop !== undefined) this.#intake.remove(drop);
      this.#report('INQUIRE', entry, to, started, 'unreachable', options);
      return undefined;
    }
    const valid = answer.notFound
      ? undefined
      : await validateCpa(state, answer, { entry, nonce, extendedPayload: true });
    if (valid === undefined) {
      lookup.inquiryFailed();
      if (answer.notFound) this.#intake.remove(entry.id);
      this.#report('INQUIRE', entry, to, started, answer.notFound ? 'not-registered' : 'invalid', options);
      return undefined;
    }
    this.#report('INQUIRE', entry, to, started, 'accepted', options);
    return valid;
  }

  /** Nobody can refer a search to an address that this cloud does not use, or to this node itself. */
  #acceptable(entry: CachedEntry): CachedEntry | undefined {
    const { ports, locals } = this.#state;
    if (ports.policy.acceptsEntry(entry) && !locals.has(entry.id)) return entry;
    this.#state.drop('referral to an address or port that no node of this cloud has, or to this node');
    return undefined;
  }

  #report(
    message: ResolveHop['message'],
    entry: CachedEntry,
    to: Endpoint,
    started: number,
    outcome: ResolveHop['outcome'],
    options: SearchOptions,
  ): void {
    const hop = (): Omit<ResolveHop, 'cloud'> => ({
      message,
      address: this.#state.ports.policy.locate(to),
      pnrpId: ringIdToHex(entry.id),
      matchingBits: matchingBits(entry.id, options.target),
      ms: this.#state.ports.host.clock.now() - started,
      outcome,
    });
    this.#state.trace('hop', hop);
    options.onHop?.(hop());
  }
}

const CRITERIA = {
  none: ResolveCriteria.NONE,
  'any-peername': ResolveCriteria.ANY_PEERNAME,
  'nearest-peername': ResolveCriteria.NEAREST_PEERNAME,
  'nearest64-peername': ResolveCriteria.NEAREST64_PEERNAME,
  'upper-bits': ResolveCriteria.UPPER_BITS,
} as const satisfies Record<Criteria['kind'], ResolveCriteria>;

const REASONS = {
  'app-request': ResolveReasonCode.APP_REQUEST,
  registration: ResolveReasonCode.REGISTRATION,
  'cache-maintenance': ResolveReasonCode.CACHE_MAINTENANCE,
  'split-detection': ResolveReasonCode.SPLIT_DETECTION,
} as const satisfies Record<ResolveReason, number>;

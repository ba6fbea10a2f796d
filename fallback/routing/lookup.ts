import { type Criteria, isAcceptable, isCloseEnough, type NearestReading } from './criteria.js';
import { type Endpoint, isListed, type Membership, type RingEntry, sameEndpoint } from './entry.js';
import { isCloser, type RingId } from './ring.js';

/** [MS-PNRP] 3.1.4.4.2: the search gives up beyond these. */
const SUSPICIOUS_LIMIT = 6;
const USEFUL_HOPS_LIMIT = 22;
/** 3.1.5.6.1: LOOKUPs to one hop. As many INQUIREs go to a best match, for which the text has no limit. */
const USE_LIMIT = 3;
/** 2.2.2.8: Flagged Path. */
const PATH_LIMIT = 22;

/** ResolveReasonCode, 2.2.2.8. */
export type ResolveReason = 'app-request' | 'registration' | 'cache-maintenance' | 'split-detection';

export interface LookupOptions<E extends RingEntry> {
  readonly target: RingId;
  readonly criteria: Criteria;
  readonly nearest: NearestReading;
  readonly reason: ResolveReason;
  /** Stands first in every path, so that nobody refers the asker to itself. */
  readonly ownEndpoint: Endpoint;
  /** What the path holds from the start besides: nodes to pass over. */
  readonly passOver?: readonly Endpoint[] | undefined;
  readonly membership: Membership;
  /** The seed that split detection starts at: an endpoint without an id of its own. */
  readonly initialNextHop?: E | undefined;
  /** Always an entry of the asker itself. */
  readonly initialBestMatch?: E | undefined;
  /** The cached entry closest to the target, of those that are `fresh`. */
  closest(fresh: (entry: E) => boolean): E | undefined;
  /** Fewer than eight cached entries. */
  cacheIsSmall(): boolean;
}

export type LookupStep<E> =
  | {
      readonly do: 'lookup';
      readonly hop: E;
      readonly path: readonly Endpoint[];
      readonly bestMatch: E | undefined;
      readonly acceptAny: boolean;
    }
  | { readonly do: 'inquire'; readonly entry: E }
  /** `own` is set when an entry of the asker itself is the result: nobody inquires of itself. */
  | { readonly do: 'finish'; readonly own: E | undefined };

/** What the AUTHORITY_BUFFER said that answers a LOOKUP. */
export interface LookupAnswer<E> {
  /** Where the LOOKUP was sent to. */
  readonly from: Endpoint;
  /** N: the hop's id is not registered there. */
  readonly notRegistered: boolean;
  /** L: the target should be in a leaf set of the hop, and is not. */
  readonly suspicious: boolean;
  /** B */
  readonly busy: boolean;
  readonly newNextHop?: E | undefined;
}

/** What an answer, or its absence, means for the cache. */
export interface LookupEffect<E> {
  /** The node answered for this entry, which is to be validated and cached. */
  readonly submit?: E;
  /** One exchange with its node came to nothing: whether it lives is to be verified. */
  readonly suspect?: E;
  /** This id is gone. */
  readonly drop?: RingId;
}

interface Hop<E> {
  readonly entry: E;
  /** The seed of split detection is no node of the ring. */
  readonly isSeed: boolean;
  useCount: number;
}

/**
 * One search of the ring, [MS-PNRP] 3.1.4.4.2 and 3.1.5.6.1, without time or network. Take a step, carry it out,
 * report what came of it with `answered`, `timedOut` or `inquiryFailed`, and take the next. An inquiry that succeeds
 * ends the search and is not reported.
 */
export class Lookup<E extends RingEntry> {
  readonly #options: LookupOptions<E>;
  readonly #path: Endpoint[];
  readonly #nextHops: Hop<E>[] = [];
  readonly #bestMatches: E[] = [];
  #bestMatch: E | undefined;
  #currentHop: Hop<E> | undefined;
  #usefulHops = 0;
  #suspiciousCount = 0;
  /** INQUIREs of the best match that were not answered. */
  #unanswered = 0;
  #failed = false;
  /** A node gave no answer since the search was last begun. */
  #lostNode = false;

  constructor(options: LookupOptions<E>) {
    this.#options = options;
    this.#path = [options.ownEndpoint, ...(options.passOver ?? [])];
    const first = options.initialNextHop ?? options.closest(() => true);
    if (first !== undefined) this.#push(first, first === options.initialNextHop);
    // 3.1.4.4.2 fills only the stack here and then tests CurrentBestMatch; the best match it is.
    this.#bestMatch = options.initialBestMatch;
  }

  get usefulHops(): number {
    return this.#usefulHops;
  }

  get suspiciousCount(): number {
    return this.#suspiciousCount;
  }

  get bestMatch(): E | undefined {
    return this.#bestMatch;
  }

  /** Steps 7 to 10. */
  next(): LookupStep<E> {
    if (this.#failed) return { do: 'finish', own: undefined };
    const { target, criteria, reason } = this.#options;
    const best = this.#bestMatch;
    if (best !== undefined && this.#isCloseEnough(best)) return this.#conclude(best);
    const exhausted = this.#suspiciousCount > SUSPICIOUS_LIMIT || this.#usefulHops > USEFUL_HOPS_LIMIT;
    const hop = exhausted ? undefined : (this.#nextHops.pop() ?? this.#beginAgain());
    if (hop !== undefined) return this.#ask(hop);
    // Split detection looks for an id that nobody has; the closest one found is what tells the clouds apart.
    const acceptable = reason === 'split-detection' || (best && isAcceptable(best.id, target, criteria));
    return best !== undefined && acceptable ? this.#conclude(best) : { do: 'finish', own: undefined };
  }

  /** 3.1.5.6.1, steps 1 to 10. */
  answered(answer: LookupAnswer<E>): LookupEffect<E> {
    const hop = this.#takeCurrentHop();
    this.#addToPath(answer.from);
    this.#usefulHops += 1;
    if (answer.suspicious) this.#suspiciousCount += 1;
    const lives = !answer.notRegistered;
    if (lives && !hop.isSeed) this.#consider(hop.entry);
    // B has no published rule: an answer without a route entry, from a node that lives.
    const newNextHop = answer.busy ? undefined : answer.newNextHop;
    if (newNextHop !== undefined) {
      const kept = lives && hop.useCount < USE_LIMIT;
      if (kept) this.#nextHops.push(hop);
      this.#follow(newNextHop, hop, kept, answer.from);
    }
    // Else a dead end. Step 8 of the text would ask the same hop again; the example of 4.1.3 goes back to the one before.
    if (hop.isSeed) return {};
    return lives ? { submit: hop.entry } : { drop: hop.entry.id };
  }

  /**
   * The last LOOKUP, sent `to`, or the last INQUIRE got no answer. What the search is for is asked again: there is no
   * way around it. Without any other node the search goes on: it backtracks to the hop before, with the lost node in
   * the path, so that nobody refers to it again.
   */
  timedOut(to: Endpoint): LookupEffect<E> {
    if (this.#currentHop === undefined) return this.#inquiryTimedOut();
    const hop = this.#takeCurrentHop();
    if (hop.isSeed) {
      // What is found without it says nothing about a split.
      this.#failed = true;
      return {};
    }
    if (hop.useCount < USE_LIMIT && this.#isCloseEnough(hop.entry)) {
      this.#nextHops.push(hop);
    } else {
      this.#lostNode = true;
      this.#addToPath(to);
    }
    return { suspect: hop.entry };
  }

  /** 3.1.4.4.2: back to step 7, which finds the same best match; and D-11: the one before it, but not at once. */
  #inquiryTimedOut(): LookupEffect<E> {
    this.#unanswered += 1;
    const dead = this.#bestMatch;
    if (dead === undefined || this.#unanswered < USE_LIMIT) return {};
    this.#lostNode = true;
    this.#abandonBestMatch();
    return { drop: dead.id };
  }

  /** 3.1.5.6.1.1: the answer to the INQUIRE proved nothing. Without another match the search has failed. */
  inquiryFailed(): void {
    this.#abandonBestMatch();
    this.#failed = this.#bestMatch === undefined;
  }

  #isCloseEnough({ id }: E): boolean {
    const { target, criteria, nearest } = this.#options;
    return isCloseEnough(id, target, criteria, nearest);
  }

  /** What cache maintenance finds is validated on its way into the cache, so that another INQUIRE tells nothing. */
  #conclude(best: E): LookupStep<E> {
    if (this.#options.reason === 'cache-maintenance') return { do: 'finish', own: undefined };
    return best === this.#options.initialBestMatch ? { do: 'finish', own: best } : { do: 'inquire', entry: best };
  }

  #ask(hop: Hop<E>): LookupStep<E> {
    hop.useCount += 1;
    this.#currentHop = hop;
    const [own, ...others] = this.#path;
    return {
      do: 'lookup',
      hop: hop.entry,
      // The path can outgrow the message: the own endpoint and the newest go.
      path: [own as Endpoint, ...others.slice(1 - PATH_LIMIT)],
      bestMatch: this.#bestMatch,
      acceptAny: this.#options.cacheIsSmall(),
    };
  }

  #takeCurrentHop(): Hop<E> {
    const hop = this.#currentHop;
    if (hop === undefined) throw new Error('an answer, but no LOOKUP is outstanding');
    this.#currentHop = undefined;
    return hop;
  }

  /** Step 5. */
  #consider(entry: E): void {
    const best = this.#bestMatch;
    if (best !== undefined && !isCloser(entry.id, best.id, this.#options.target)) return;
    if (best !== undefined) this.#bestMatches.push(best);
    this.#bestMatch = entry;
  }

  /** Steps 9 and 10. A node may refer to another id of its own, so its place in the path does not count. */
  #follow(entry: E, supplier: Hop<E>, supplierKept: boolean, from: Endpoint): void {
    const { target, membership } = this.#options;
    const asked = this.#path.filter((endpoint) => !sameEndpoint(endpoint, from));
    if (isListed(entry, asked, membership)) return;
    const closer = supplier.isSeed || isCloser(entry.id, supplier.entry.id, target);
    if (closer || this.#options.cacheIsSmall()) this.#push(entry);
    else if (supplierKept) this.#nextHops.pop();
  }

  /** Where the way back leads to nobody because a node is gone, the search begins at another cached entry. */
  #beginAgain(): Hop<E> | undefined {
    if (!this.#lostNode) return undefined;
    this.#lostNode = false;
    const isFresh = (entry: E): boolean => !isListed(entry, this.#path, this.#options.membership);
    const entry = this.#options.closest(isFresh);
    return entry !== undefined && isFresh(entry) ? { entry, isSeed: false, useCount: 0 } : undefined;
  }

  #push(entry: E, isSeed = false): void {
    this.#nextHops.push({ entry, isSeed, useCount: 0 });
  }

  #addToPath(endpoint: Endpoint): void {
    if (!this.#path.some((known) => sameEndpoint(known, endpoint))) this.#path.push(endpoint);
  }

  /** Back to the match before; what failed is not asked for the way either. */
  #abandonBestMatch(): void {
    const failed = this.#bestMatch;
    this.#bestMatch = this.#bestMatches.pop();
    this.#unanswered = 0;
    const kept = this.#nextHops.filter(({ entry }) => entry.id !== failed?.id);
    this.#nextHops.splice(0, this.#nextHops.length, ...kept);
  }
}

import type { Host } from '../../lib/backend/contract/host.js';
import type { PnrpTrace } from '../../lib/backend/contract/trace.js';
import type { Endpoint, RingEntry } from '../routing/entry.js';
import type { LeafSet } from '../routing/leaf-set.js';
import { PendingList } from '../routing/pending.js';
import { Reassembly } from '../routing/reassembly.js';
import { type RingId, ringIdFromBytes, ringIdFromHex, ringIdToBytes } from '../routing/ring.js';
import { RouteCache } from '../routing/route-cache.js';
import { Shares } from '../routing/shares.js';
import { encode } from '../wire/codec.js';
import type { PackedAddress } from '../wire/ipv6.js';
import type { Readings } from '../wire/readings.js';
import type { AddressPolicy } from './address-policy.js';
import type { AuthorityBuffer } from './authority-buffer.js';
import { Bound } from './bounds.js';
import { noAddress } from './clouds.js';
import { InquireFlag } from './constants.js';
import type { LocalName } from './local-name.js';
import { message, type PnrpMessage } from './messages.js';
import type { RouteEntry } from './route-entry.js';

/** A route entry of the cache. Its fields are always written in this order: most of what is read in a search is an entry. */
export interface CachedEntry extends RingEntry {
  /** Key of the CPA that was validated for it, where one was: RSAPublicKey, DER. */
  readonly publicKey: Uint8Array | undefined;
}

type MessageOf<T extends PnrpMessage['type']> = Extract<PnrpMessage, { type: T }>;

/** What waits on the Pending List, and who takes the answer. */
export type Request =
  | { readonly type: 'SOLICIT'; answered(answer: MessageOf<'ADVERTISE'>): void }
  | { readonly type: 'REQUEST' | 'FLOOD'; answered(answer: MessageOf<'ACK'>): void }
  | { readonly type: 'LOOKUP' | 'INQUIRE'; answered(answer: AuthorityBuffer): void };

/** Who sent a datagram, and to which own address: what is sent to it in answer leaves from there. */
export interface Sender extends Endpoint {
  readonly at?: PackedAddress;
}

type FloodContent = Pick<MessageOf<'FLOOD'>, 'revokeCpa' | 'routeEntry' | 'alreadyFloodedList'>;

export interface NodePorts {
  readonly host: Pick<Host, 'clock' | 'random' | 'work' | 'trace' | 'busy'>;
  readonly readings: Readings;
  readonly policy: AddressPolicy;
  readonly cloud: string;
  /** Local Endpoint List: up to 4, one port; none while the machine has no address in this cloud. */
  readonly endpoints: readonly Endpoint[];
  /** Where discovery would ask: the way into the other part of a cloud that fell apart. 3.1.4.2. */
  readonly seeds: () => Promise<readonly Endpoint[]>;
  readonly send: (bytes: Uint8Array, to: Sender) => void;
  /** After a change of what the node knows or holds. */
  readonly changed: () => void;
}

/** The state of one node in one cloud, [MS-PNRP] 3.1.1 and 3.2.1, and how it sends. */
export class NodeState {
  readonly ports: NodePorts;
  readonly cache: RouteCache<CachedEntry>;
  readonly pending: PendingList<Request>;
  readonly reassembly: Reassembly;
  /** Locally Registered PNRP ID List. */
  readonly locals = new Map<RingId, LocalName>();
  readonly counters = new Counters();
  readonly #floods = new Shares({ limit: Bound.FLOODS, limitPerHolder: Bound.FLOODS_PER_DESTINATION });
  /** What waits for a time to be over. */
  readonly #waits = new Set<() => void>();
  #closed = false;

  constructor(ports: NodePorts) {
    this.ports = ports;
    const centre = ringIdFromHex(Buffer.from(ports.host.random.bytes(32)).toString('hex'));
    this.cache = new RouteCache<CachedEntry>({ centre, levelCapacity: Bound.CACHE_LEVEL });
    this.pending = new PendingList<Request>({
      clock: ports.host.clock,
      send: ({ request, messageId, bytes, to }, again) => this.#transmit(request.type, messageId, bytes, to, again),
      limit: Bound.PENDING,
      limitPerDestination: Bound.PENDING_PER_DESTINATION,
    });
    this.reassembly = new Reassembly({
      clock: ports.host.clock,
      limitPerRequest: Bound.REASSEMBLIES_PER_REQUEST,
      byteLimit: Bound.REASSEMBLY_BYTES,
      dropped: (reason) => this.drop(reason),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whatever waits for an answer or a time goes on without it. */
  close(): void {
    this.#closed = true;
    this.pending.close();
    this.reassembly.close();
    for (const end of [...this.#waits]) end();
  }

  /** The first own endpoint; throws while the machine has no address in this cloud. */
  ownEndpoint(operation: string): Endpoint {
    const { endpoints, policy, cloud } = this.ports;
    const [own] = endpoints;
    if (own === undefined) throw noAddress(policy.scope, cloud, operation);
    return own;
  }

  /** Any u32 that does not come again within a round trip, and that nobody can guess. 2.2.1. */
  nextMessageId(): number {
    return Buffer.from(this.ports.host.random.bytes(4)).readUInt32BE();
  }

  send(outgoing: PnrpMessage, to: Endpoint): void {
    this.#transmit(outgoing.type, outgoing.messageId, encode(message, outgoing), to, false);
  }

  /** Sends what has to be answered, twice if need be; false when the Pending List is full. */
  request(outgoing: PnrpMessage, to: Endpoint, request: Request, expired: () => void): boolean {
    if (this.#closed) return false;
    const { messageId } = outgoing;
    const added = this.pending.add({
      messageId,
      bytes: encode(message, outgoing),
      to,
      request,
      expired: () => {
        this.reassembly.forget(messageId);
        expired();
      },
    });
    if (!added) this.drop('pending list full');
    return added;
  }

  /** Asks the node of an entry for it; undefined when nobody answered. 2.2.2.5. */
  inquire(
    entry: RingEntry,
    wanted: Pick<MessageOf<'INQUIRE'>, 'cpa' | 'certChain' | 'extendedPayload' | 'nonce'>,
  ): Promise<AuthorityBuffer | undefined> {
    // UNCONFIRMED: pnrp.inquire-flags
    const lowBits =
      wanted.cpa && this.ports.readings.get('pnrp.inquire-flags') === 'low-bits' ? InquireFlag.LOW_BITS : 0;
    const inquire = {
      type: 'INQUIRE',
      messageId: this.nextMessageId(),
      validatePnrpId: ringIdToBytes(entry.id),
      lowBits,
      ...wanted,
    } as const;
    return new Promise((resolve) => {
      const nothing = (): void => resolve(undefined);
      if (!this.request(inquire, this.endpointOf(entry), { type: 'INQUIRE', answered: resolve }, nothing)) nothing();
    });
  }

  /** Sends a FLOOD that has to be acknowledged; resolves when it was, or was given up. `gone`: that ID is not there. */
  flood(
    { to, validate, ...content }: FloodContent & { readonly to: Endpoint; readonly validate: RingId | undefined },
    gone: () => void,
  ): Promise<void> {
    const flood = {
      type: 'FLOOD',
      messageId: this.nextMessageId(),
      doNotAck: false,
      validatePnrpId: ringIdToBytes(validate ?? 0n),
      ...content,
    } as const;
    return new Promise((resolve) => {
      if (!this.#floods.take(to.address)) {
        this.drop('too many floods');
        return resolve();
      }
      const done = (): void => {
        this.#floods.release(to.address);
        resolve();
      };
      const answered = (ack: MessageOf<'ACK'>): void => {
        if (ack.notFound) gone();
        done();
      };
      const expired = (): void => {
        if (!this.#closed) gone();
        done();
      };
      if (!this.request(flood, to, { type: 'FLOOD', answered }, expired)) done();
    });
  }

  /** Where to send to reach the node of an entry. */
  endpointOf(entry: RingEntry): Endpoint {
    return this.ports.policy.choose(entry, this.ports.endpoints);
  }

  /** Resolves when `until` does, after `ms`, or when the node closes. */
  async waitAtMost(ms: number, until: Promise<unknown>): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#waits.delete(end);
        resolve();
      };
      const timer = this.ports.host.clock.after(ms, end);
      this.#waits.add(end);
      void until.then(end);
    });
  }

  trace<E extends keyof PnrpTrace>(event: E, build: () => Omit<PnrpTrace[E], 'cloud'>): void {
    this.ports.host.trace('pnrp', event, () => ({ cloud: this.ports.cloud, ...build() }));
  }

  /** What varies with what arrived belongs into `detail`: each reason is a counter. */
  drop(reason: string, from?: Endpoint, detail?: string): void {
    this.counters.count('dropped', reason);
    this.trace('drop', () => ({
      reason,
      ...(from === undefined ? {} : { from: this.ports.policy.locate(from) }),
      ...(detail === undefined ? {} : { detail }),
    }));
  }

  /** The names whose leaf sets the id falls inside. 3.1.5.11. */
  admitting(id: RingId): LocalName[] {
    return [...this.locals.values()].filter(({ leafSet }) => leafSet.has(id) || leafSet.admits(id));
  }

  leafSets(): LeafSet<CachedEntry>[] {
    return [...this.locals.values()].map((local) => local.leafSet);
  }

  isPinned(id: RingId): boolean {
    return this.leafSets().some((leafSet) => leafSet.has(id));
  }

  #transmit(type: PnrpMessage['type'], messageId: number, bytes: Uint8Array, to: Endpoint, repeated: boolean): void {
    if (this.#closed) return;
    this.counters.count(repeated ? 'repeated' : 'sent', type);
    this.trace('send', () => ({ type, messageId, to: this.ports.policy.locate(to), repeated }));
    this.ports.send(bytes, to);
  }
}

/** What `stats()` shows of a node. */
class Counters {
  readonly #counts = {
    sent: new Map<string, number>(),
    repeated: new Map<string, number>(),
    received: new Map<string, number>(),
    dropped: new Map<string, number>(),
    /** What the Maintenance Timer led to. */
    maintenance: new Map<string, number>(),
  };
  resolves = 0;

  count(kind: 'sent' | 'repeated' | 'received' | 'dropped' | 'maintenance', what: string): void {
    const tally = this.#counts[kind];
    tally.set(what, (tally.get(what) ?? 0) + 1);
  }

  snapshot(): object {
    const counts = Object.entries(this.#counts).map(([kind, tally]) => [kind, Object.fromEntries(tally)]);
    return { ...Object.fromEntries(counts), resolves: this.resolves };
  }
}

export function toCached(entry: RouteEntry): CachedEntry {
  const { pnrpId, port, addresses } = entry;
  return { id: ringIdFromBytes(pnrpId), port, addresses, publicKey: undefined };
}

export function toRouteEntry(entry: RingEntry): RouteEntry {
  return { pnrpId: ringIdToBytes(entry.id), port: entry.port, addresses: entry.addresses };
}

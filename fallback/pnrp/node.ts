import type { Endpoint } from '../routing/entry.js';
import { Shares } from '../routing/shares.js';
import { cloudSize } from '../routing/split.js';
import { decode } from '../wire/codec.js';
import { DecodeError } from '../wire/decode-error.js';
import { type AuthorityBuffer, authorityBufferCodec } from './authority-buffer.js';
import { Bound, Time } from './bounds.js';
import { Limit } from './constants.js';
import type { LocalName, NameContent, NameIdentity } from './local-name.js';
import { Maintenance } from './maintenance.js';
import { message, type PnrpMessage } from './messages.js';
import { type CachedEntry, type NodePorts, NodeState, type Sender } from './node-state.js';
import { Publishing } from './publishing.js';
import type { Authority } from './resolve-messages.js';
import { RingSearch, type SearchOptions, type SearchResult } from './ring-search.js';
import { RouteEntryIntake } from './route-entry-intake.js';
import { SplitDetection } from './split-detection.js';
import type { Ack, Advertise } from './sync-messages.js';
import { Synchronisation } from './synchronisation.js';

/** A node of one cloud: takes each datagram to the part that it concerns. [MS-PNRP] 3.1.5.2. */
export class PnrpNode {
  readonly #state: NodeState;
  readonly #intake: RouteEntryIntake;
  readonly #synchronisation: Synchronisation;
  readonly #search: RingSearch;
  readonly #publishing: Publishing;
  readonly #maintenance: Maintenance;
  readonly #underWork = new Shares({ limit: Bound.UNDER_WORK, limitPerHolder: Bound.UNDER_WORK_PER_SOURCE });
  #lastSearch: number;

  constructor(ports: NodePorts) {
    this.#state = new NodeState(ports);
    this.#lastSearch = ports.host.clock.now();
    this.#intake = new RouteEntryIntake(this.#state);
    this.#synchronisation = new Synchronisation(this.#state, this.#intake);
    this.#search = new RingSearch(this.#state, this.#intake);
    this.#publishing = new Publishing(this.#state, this.#intake, this.#search);
    const splits = new SplitDetection(this.#state, this.#search);
    this.#maintenance = new Maintenance(this.#state, this.#intake, this.#search, splits);
  }

  get names(): number {
    return this.#state.locals.size;
  }

  get cached(): number {
    return this.#state.cache.size;
  }

  get resolves(): number {
    return this.#state.counters.resolves;
  }

  /** Its first is what service locations near this node begin with. */
  get endpoints(): readonly Endpoint[] {
    return this.#state.ports.endpoints;
  }

  /** Throws while the machine has no address in this cloud. */
  checkAddress(operation: string): void {
    this.#state.ownEndpoint(operation);
  }

  /** The names registered here. */
  locals(): LocalName[] {
    return [...this.#state.locals.values()];
  }

  synchronise(to: Endpoint): Promise<void> {
    return this.#synchronisation.synchronise(to);
  }

  /**
   * Whether nobody needs the node: it has no names, and its programs have not searched for a while. Then it does no
   * more than answer; what it knew may be gone when it wakes up.
   */
  get isDormant(): boolean {
    return this.names === 0 && this.#state.ports.host.clock.now() - this.#lastSearch > Time.DORMANT_MS;
  }

  /** Forgets who is gone since the node went to sleep, so that the next search does not have to find that out. */
  wake(): Promise<void> {
    this.#lastSearch = this.#state.ports.host.clock.now();
    return this.#maintenance.check(1);
  }

  /** Whether a cached entry is at that endpoint. */
  knows({ address, port }: Endpoint): boolean {
    return this.#state.cache.findByEndpoint(address, port) !== undefined;
  }

  /** Up to `count` cached nodes from all over the ring. */
  sample(count: number): CachedEntry[] {
    return this.#state.cache.spread(count, this.#state.ports.host.random);
  }

  search(options: SearchOptions): Promise<SearchResult> {
    if (options.reason === 'app-request') {
      this.#lastSearch = this.#state.ports.host.clock.now();
      this.#state.counters.resolves += 1;
      this.#state.ports.changed();
    }
    return this.#search.search(options);
  }

  register(identity: NameIdentity, content: NameContent, operation: string): Promise<LocalName> {
    return this.#publishing.register(identity, content, operation);
  }

  refresh(local: LocalName): Promise<void> {
    return this.#publishing.refresh(local);
  }

  unregister(local: LocalName): Promise<void> {
    return this.#publishing.unregister(local);
  }

  /** 3.2.7.2: the node has other addresses now. Resolves when the neighbours of each name were told. */
  relocated(): Promise<void> {
    return this.#publishing.relocated();
  }

  unregisterAll(): Promise<void> {
    return this.#publishing.unregisterAll();
  }

  /** A tick of the Maintenance Timer. */
  maintain(): Promise<void> {
    return this.#maintenance.tick();
  }

  stats(): object {
    const { pending, reassembly, counters } = this.#state;
    const held = {
      pending: pending.size,
      routeEntries: this.#intake.pending,
      conversations: this.#synchronisation.conversations,
      reassemblies: reassembly.size,
      reassemblyBytes: reassembly.bytes,
      underWork: this.#underWork.taken,
    };
    const leafSets = this.#state.leafSets();
    const size = cloudSize(leafSets);
    return {
      dormant: this.isDormant,
      names: this.names,
      cached: this.cached,
      levels: this.#state.cache.occupancy(),
      leafSets: leafSets.map(({ lower, higher }) => ({ lower: lower.length, higher: higher.length })),
      ...(size === undefined ? {} : { cloudSize: size }),
      held,
      ...counters.snapshot(),
    };
  }

  close(): void {
    this.#state.close();
    this.#synchronisation.close();
  }

  receive(bytes: Uint8Array, from: Sender): void {
    const state = this.#state;
    if (state.closed) return;
    if (from.port <= Limit.RESERVED_PORTS) return state.drop('reserved source port', from);
    if (!state.ports.policy.accepts(from.address)) return state.drop('source of another scope', from);
    let received: PnrpMessage;
    try {
      received = decode(message, bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return state.drop('malformed message', from);
    }
    state.counters.count('received', received.type);
    state.trace('receive', () => ({
      type: received.type,
      messageId: received.messageId,
      from: state.ports.policy.locate(from),
    }));
    this.#dispatch(received, from);
  }

  #dispatch(received: PnrpMessage, from: Endpoint): void {
    switch (received.type) {
      case 'SOLICIT':
        return this.#synchronisation.onSolicit(received, from);
      case 'REQUEST':
        return this.#synchronisation.onRequest(received, from);
      case 'FLOOD':
        this.#run(from, () => this.#publishing.onFlood(received, from));
        return this.#synchronisation.onFlood(received);
      case 'LOOKUP':
        return this.#publishing.onLookup(received, from);
      case 'INQUIRE':
        return this.#run(from, () => this.#publishing.onInquire(received, from));
      case 'AUTHORITY':
        return this.#onAuthority(received, from);
      case 'ADVERTISE':
      case 'ACK':
        return this.#onAnswer(received, from);
    }
  }

  /** 3.1.5.3, 3.1.5.4. */
  #onAnswer(answer: Advertise | Ack, from: Endpoint): void {
    const request = this.#state.pending.peek(answer.ackedMessageId)?.request;
    if (request?.type === 'SOLICIT' && answer.type === 'ADVERTISE') {
      this.#state.pending.take(answer.ackedMessageId);
      request.answered(answer);
    } else if ((request?.type === 'REQUEST' || request?.type === 'FLOOD') && answer.type === 'ACK') {
      this.#state.pending.take(answer.ackedMessageId);
      request.answered(answer);
    } else {
      this.#state.drop('answer to nothing', from);
    }
  }

  /** 3.1.5.6: what was asked stays pending until the whole buffer is there and makes sense. */
  #onAuthority(part: Authority, from: Endpoint): void {
    const state = this.#state;
    const request = state.pending.peek(part.ackedMessageId)?.request;
    if (request?.type !== 'LOOKUP' && request?.type !== 'INQUIRE') return state.drop('answer to nothing', from);
    const bytes = state.reassembly.offer({ ...part, from });
    if (bytes === undefined) return;
    let buffer: AuthorityBuffer;
    try {
      buffer = decode(authorityBufferCodec(state.ports.readings), bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return state.drop('malformed AUTHORITY_BUFFER', from);
    }
    state.pending.take(part.ackedMessageId);
    state.reassembly.forget(part.ackedMessageId);
    request.answered(buffer);
  }

  /** Signing may fail, with the identity gone for instance: then there is no answer. */
  #run(from: Endpoint, work: () => Promise<void>): void {
    if (!this.#underWork.take(from.address)) return this.#state.drop('too much under work', from);
    work()
      .catch((error: unknown) => {
        this.#state.drop('no answer possible');
        this.#state.trace('error', () => ({ error }));
      })
      .finally(() => this.#underWork.release(from.address));
  }
}

import type { Host, SocketAddress, Timer } from '../../../lib/backend/contract/host.js';
import { Log } from '../../multicast/log.js';
import { DecodeError } from '../../wire/decode-error.js';
import type { Readings } from '../../wire/readings.js';
import { uuidUrn } from '../../ws-discovery/identifiers.js';
import { type DiscoveryLog, Intake } from '../../ws-discovery/intake.js';
import { discoveryMessage, type Probe, type ProbeMatches } from '../../ws-discovery/messages.js';
import { Multicaster } from '../../ws-discovery/multicaster.js';
import { type FoundSegment, readAnswer } from './answers.js';
import { Limit, Time } from './bounds.js';
import { type DiscoveryVersion, FORMS, NAMESPACES, versionOf } from './names.js';
import { formatScopes } from './scopes.js';
import { SeenAnswers } from './seen-answers.js';
import { readXAddr } from './x-addrs.js';

export type DiscoveryPorts = Pick<Host, 'clock' | 'random' | 'datagrams' | 'interfaces' | 'trace'>;

export interface DiscoveryClientOptions {
  readonly host: DiscoveryPorts;
  readonly readings: Readings;
  /** How long a Probe listens, in milliseconds: 200 to 500, 300 unless given. [MS-PCCRD] 3.1.2 */
  readonly requestMs?: number;
}

/** Somebody answered: where its retrieval server is, and which of the segments it has something of. */
export interface DiscoveryFinding {
  /** On the link of the answer; at least one. */
  readonly addresses: readonly SocketAddress[];
  /** At least one. */
  readonly segments: readonly FoundSegment[];
}

interface Outstanding {
  readonly version: DiscoveryVersion;
  /** Lower-case hexadecimal text, in the order of the Probe. */
  readonly ids: readonly string[];
  readonly found: (finding: DiscoveryFinding) => void;
  answers: number;
  readonly end: () => void;
}

/** Asks the links of this machine who has segments. [MS-PCCRD] 3.1 */
export class DiscoveryClient {
  /** What answers said, which tells a responder whether its own is needed. */
  readonly seen = new SeenAnswers();
  readonly #host: DiscoveryPorts;
  readonly #readings: Readings;
  readonly #requestMs: number;
  readonly #codec = discoveryMessage(NAMESPACES);
  readonly #log: DiscoveryLog;
  readonly #intake: Intake;
  /** By messageId. */
  readonly #outstanding = new Map<string, Outstanding>();
  /** Open while a Probe listens. */
  #multicaster: Multicaster | undefined;
  #alive = true;
  #closed = false;

  constructor({ host, readings, requestMs = Time.REQUEST_MS }: DiscoveryClientOptions) {
    if (!(requestMs >= Time.REQUEST_MIN_MS && requestMs <= Time.REQUEST_MAX_MS)) {
      throw new RangeError(`a Probe listens for 200 to 500 ms, not ${requestMs}`);
    }
    this.#host = host;
    this.#readings = readings;
    this.#requestMs = requestMs;
    this.#log = new Log(host.trace, 'ws-discovery', ({ type, messageId }) => ({ type, messageId }));
    this.#intake = new Intake({ ...host, codec: this.#codec, log: this.#log });
  }

  /**
   * One Probe for up to 255 segments, whose identifiers (HoHoDk) have one length: about eight fit in a datagram that no
   * link has to cut. `version` is that of the content information. `found` gets each answer as it comes; resolves when
   * no more are taken, and rejects with the signal's reason.
   */
  async probe(
    ids: readonly Uint8Array[],
    version: DiscoveryVersion,
    found: (finding: DiscoveryFinding) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    if (ids.length < 1 || ids.length > Limit.SEGMENTS) throw new RangeError(`a Probe for ${ids.length} segments`);
    if (this.#closed) return;
    const messageId = uuidUrn(this.#host.random);
    const names = ids.map((id) => Buffer.from(id).toString('hex'));
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#outstanding.set(messageId, { version, ids: names, found, answers: 0, end });
    signal?.addEventListener('abort', end, { once: true });
    this.seen.begin(names);
    let timer: Timer | undefined;
    try {
      await this.#send({ type: 'Probe', messageId, types: [FORMS[version].type], scopes: formatScopes(version, ids) });
      timer = this.#host.clock.after(this.#requestMs, end);
      await over;
      signal?.throwIfAborted();
    } finally {
      timer?.cancel();
      signal?.removeEventListener('abort', end);
      this.#outstanding.delete(messageId);
      await this.#rest();
    }
  }

  /** Whether the Probe is of this client, to which a group it has joined hands it too. */
  isOutstanding(messageId: string): boolean {
    return this.#outstanding.has(messageId);
  }

  /** Whether a Probe that listens keeps the process alive; true at the start. */
  hold(alive: boolean): void {
    this.#alive = alive;
    this.#multicaster?.hold(alive);
  }

  stats(): object {
    return { ...this.#log.snapshot(), held: { probes: this.#outstanding.size, messages: this.#intake.held } };
  }

  /** Each Probe that listens is over. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { end } of this.#outstanding.values()) end();
    const multicaster = this.#multicaster;
    this.#multicaster = undefined;
    await multicaster?.close();
  }

  async #send(probe: Probe): Promise<void> {
    if (this.#multicaster === undefined) {
      const ports = { ...this.#host, codec: this.#codec, log: this.#log, readings: this.#readings };
      this.#multicaster = new Multicaster(ports, (bytes, from) => this.#receive(bytes, from));
      this.#multicaster.hold(this.#alive);
    }
    await this.#multicaster.send(probe);
  }

  async #rest(): Promise<void> {
    if (this.#outstanding.size > 0) return;
    const multicaster = this.#multicaster;
    this.#multicaster = undefined;
    await multicaster?.close();
  }

  #receive(bytes: Uint8Array, from: SocketAddress): void {
    const { message, link } = this.#intake.take(bytes, from) ?? {};
    if (message === undefined || link === undefined) return;
    const drop = (reason: string, detail?: string): undefined => this.#log.dropped(link.name, reason, from, detail);
    if (message.type !== 'ProbeMatches') return drop('no answer');
    const asked = this.#outstanding.get(message.relatesTo);
    if (asked === undefined) return drop('not asked for');
    const match = onlyMatch(message, asked.version);
    if (match === undefined) return drop('other type');
    if (asked.answers >= Limit.ANSWERS) return drop('too many answers');
    const addresses = match.xAddrs.slice(0, Limit.ADDRESSES).flatMap((word) => readXAddr(word, link, from) ?? []);
    if (addresses.length === 0) return drop('no usable address', match.xAddrs.join(' '));
    try {
      const segments = readAnswer(asked.version, asked.ids, match, this.#readings);
      if (segments.length === 0) return drop('no segment that was asked for');
      asked.answers += 1;
      this.#log.received(link.name, message, from);
      this.seen.note(segments);
      asked.found({ addresses, segments });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      drop('syntax', error.message);
    }
  }
}

/** An answer has exactly one, of the Probe's type. [MS-PCCRD] 2.2.2.2 */
function onlyMatch({ matches: [match, second] }: ProbeMatches, version: DiscoveryVersion) {
  return match !== undefined && second === undefined && versionOf(match.types) === version ? match : undefined;
}

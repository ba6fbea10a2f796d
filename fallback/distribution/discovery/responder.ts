import type { NetworkInterface, SocketAddress, Timer } from '../../../lib/backend/contract/host.js';
import { Log } from '../../multicast/log.js';
import { DecodeError } from '../../wire/decode-error.js';
import { neighbour } from '../../wire/links.js';
import type { Readings } from '../../wire/readings.js';
import { GROUPS } from '../../ws-discovery/bounds.js';
import { AppSequencer, uuidUrn } from '../../ws-discovery/identifiers.js';
import { type DiscoveryLog, Intake } from '../../ws-discovery/intake.js';
import { Listener } from '../../ws-discovery/listener.js';
import { discoveryMessage, type Probe } from '../../ws-discovery/messages.js';
import { formatAnswer, type HeldSegment } from './answers.js';
import { Limit, Suppression, Time } from './bounds.js';
import type { DiscoveryClient, DiscoveryPorts } from './client.js';
import { type DiscoveryVersion, NAMESPACES, versionOf } from './names.js';
import { type AskedSegment, readScopes } from './scopes.js';
import { formatXAddr } from './x-addrs.js';

export interface DiscoveryResponderOptions {
  readonly host: DiscoveryPorts;
  readonly readings: Readings;
  /** What is here of each segment, whose identifiers (HoHoDk) are lower-case hexadecimal text. */
  readonly held: (ids: readonly string[]) => Promise<readonly (HeldSegment | undefined)[]>;
  /** Where the retrieval server listens: `::` and `0.0.0.0` stand for every address of their family. */
  readonly listening: readonly SocketAddress[];
  /** Of the same node: its Probes are not answered, and what it heard tells whether answers are needed. */
  readonly client?: DiscoveryClient;
}

/** Tells who asks on the links of this machine which segments it has. [MS-PCCRD] 3.2 */
export class DiscoveryResponder {
  /** Resolves when it hears Probes, as far as the machine lets it. */
  readonly ready: Promise<void>;
  readonly #options: DiscoveryResponderOptions;
  /** New at each start. [MS-PCCRD] 2.2.3.4 */
  readonly #address: string;
  readonly #sequencer: AppSequencer;
  readonly #log: DiscoveryLog;
  readonly #intake: Intake;
  readonly #listener: Listener;
  readonly #backOffs = new Set<Timer>();
  /** Answers that wait for the cache or for their random moment. */
  #pending = 0;
  #closed = false;

  constructor(options: DiscoveryResponderOptions) {
    const { host, listening } = options;
    const codec = discoveryMessage(NAMESPACES);
    this.#options = options;
    this.#address = uuidUrn(host.random);
    this.#sequencer = new AppSequencer(host.clock);
    this.#log = new Log(host.trace, 'ws-discovery', ({ type, messageId }) => ({ type, messageId }));
    this.#intake = new Intake({ ...host, codec, log: this.#log });
    const groups = GROUPS.filter(({ local }) => listening.some(({ address }) => isSameFamily(address, local)));
    this.#listener = new Listener({ ...host, codec, log: this.#log }, groups, (bytes, from) => {
      this.#receive(bytes, from);
    });
    this.ready = this.#listener.ready;
  }

  stats(): object {
    return { ...this.#log.snapshot(), held: { answers: this.#pending, messages: this.#intake.held } };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#backOffs) timer.cancel();
    this.#backOffs.clear();
    await this.#listener.close();
  }

  #receive(bytes: Uint8Array, from: SocketAddress): void {
    const { message, link } = this.#intake.take(bytes, from) ?? {};
    // Whatever else is discovered on a link passes here too.
    if (message?.type !== 'Probe' || link === undefined) return;
    const version = versionOf(message.types);
    if (version === undefined || this.#options.client?.isOutstanding(message.messageId)) return;
    const drop = (reason: string, detail?: string): undefined => this.#log.dropped(link.name, reason, from, detail);
    try {
      const asked = readScopes(version, message);
      this.#log.received(link.name, message, from);
      if (this.#pending >= Limit.PENDING) return drop('answers full');
      this.#pending += 1;
      this.#answer(message, version, asked, link, from).catch((error: unknown) => {
        this.#pending -= 1;
        this.#log.failed(link.name, error);
      });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      drop('scopes', error.message);
    }
  }

  async #answer(
    probe: Probe,
    version: DiscoveryVersion,
    asked: readonly AskedSegment[],
    link: NetworkInterface,
    from: SocketAddress,
  ): Promise<void> {
    const { host, readings, held } = this.#options;
    const here = await held(asked.map(({ id }) => id));
    const told = asked.map(({ id }, index) => this.#needed(id, here[index]));
    const xAddr = this.#xAddr(link, from);
    if (told.every((it) => it === undefined) || xAddr === undefined || this.#closed) {
      this.#pending -= 1;
      return;
    }
    const answer = formatAnswer(version, asked, told, host.clock.filetime(), readings);
    const timer = host.clock.after(1 + host.random.below(Time.BACK_OFF_MS), () => {
      this.#backOffs.delete(timer);
      this.#pending -= 1;
      this.#listener.send(
        {
          type: 'ProbeMatches',
          messageId: uuidUrn(host.random),
          relatesTo: probe.messageId,
          appSequence: this.#sequencer.next(),
          matches: [{ address: this.#address, ...answer, xAddrs: [xAddr] }],
        },
        from,
        link.name,
      );
    });
    this.#backOffs.add(timer);
  }

  /** Where many have answered this node's own search, one more answer helps little. [MS-PCCRD] 3.2.4.1, note 8 */
  #needed(id: string, held: HeldSegment | undefined): HeldSegment | undefined {
    const { client, host } = this.#options;
    if (held === undefined || client === undefined) return held;
    const { answers, complete } = client.seen.of(id, held.allBlocks);
    if (answers < Suppression.ANSWERS) return held;
    if (complete >= Suppression.ANSWERS) return undefined;
    return host.random.below(100) < Suppression.CHANCE ? held : undefined;
  }

  /** An address of this machine that is the asker's neighbour. */
  #xAddr(link: NetworkInterface, from: SocketAddress): string | undefined {
    for (const { address, port } of this.#options.listening) {
      if (!isSameFamily(address, from.address)) continue;
      const everywhere = address === '::' || address === '0.0.0.0';
      const own = everywhere ? neighbour(link, from.address) : link.addresses.find((it) => it === address);
      if (own === undefined) continue;
      // UNCONFIRMED: distribution.ipv6-zone
      const hasZone = own.startsWith('fe80:') && this.#options.readings.get('distribution.ipv6-zone') === 'present';
      return formatXAddr({ address: own, port }, hasZone ? link.index : undefined);
    }
    return undefined;
  }
}

function isSameFamily(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':');
}

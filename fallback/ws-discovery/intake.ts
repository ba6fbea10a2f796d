import type { WsDiscoveryTrace } from '../../lib/backend/contract/distribution-trace.js';
import type { Clock, Interfaces, NetworkInterface, SocketAddress } from '../../lib/backend/contract/host.js';
import type { Log } from '../multicast/log.js';
import { Quota } from '../multicast/quota.js';
import { type Codec, decode } from '../wire/codec.js';
import { DecodeError } from '../wire/decode-error.js';
import { linkOf } from '../wire/links.js';
import { Limit, Time } from './bounds.js';
import type { DiscoveryMessage } from './messages.js';
import { RecentMessages } from './recent-messages.js';

export type DiscoveryLog = Log<DiscoveryMessage, WsDiscoveryTrace>;

export interface IntakePorts {
  readonly clock: Clock;
  readonly interfaces: Interfaces;
  readonly codec: Codec<DiscoveryMessage>;
  readonly log: DiscoveryLog;
}

/** Reads what comes: from neighbours on the machine's links alone, so much in a second, and each message once. */
export class Intake {
  readonly #ports: IntakePorts;
  readonly #quota: Quota;
  readonly #recent: RecentMessages;
  #interfaces: readonly NetworkInterface[] = [];
  #listed = Number.NEGATIVE_INFINITY;

  constructor(ports: IntakePorts) {
    this.#ports = ports;
    this.#quota = new Quota(ports.clock, Limit);
    this.#recent = new RecentMessages(ports.clock);
  }

  /** Messages that are told from their repetitions. */
  get held(): number {
    return this.#recent.size;
  }

  take(
    bytes: Uint8Array,
    from: SocketAddress,
  ): { readonly message: DiscoveryMessage; readonly link: NetworkInterface } | undefined {
    const { log, codec } = this.#ports;
    const link = linkOf(this.#list(), from);
    if (link === undefined) return log.dropped(undefined, 'not from the link', from);
    if (!this.#quota.take(from.address)) return log.dropped(link.name, 'too many messages', from);
    try {
      const message = decode(codec, bytes);
      return this.#recent.isNew(message.messageId) ? { message, link } : undefined;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return log.dropped(link.name, 'syntax', from, error.message);
    }
  }

  /** To make the list takes some systems a millisecond, and each datagram needs it. */
  #list(): readonly NetworkInterface[] {
    const now = this.#ports.clock.now();
    if (now - this.#listed >= Time.LIST_MS) {
      this.#interfaces = this.#ports.interfaces.list();
      this.#listed = now;
    }
    return this.#interfaces;
  }
}

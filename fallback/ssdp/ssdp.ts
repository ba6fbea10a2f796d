import type { Host, SocketAddress } from '../../lib/backend/contract/host.js';
import { Log } from '../multicast/log.js';
import { Quota } from '../multicast/quota.js';
import { SharedPort } from '../multicast/shared-port.js';
import { decode } from '../wire/codec.js';
import { DecodeError } from '../wire/decode-error.js';
import { addressScope, packAddress } from '../wire/ipv6.js';
import { Announcement } from './announcement.js';
import { GROUP, Limit, PORT } from './bounds.js';
import { type Presence, type Search, type SsdpLog, type SsdpMessage, ssdpMessage } from './messages.js';
import { SearchRun } from './search.js';

/** Gets where a target can be reached, with the interface's name as scope of a link-local address. */
export type Found = (endpoint: SocketAddress) => void;

/**
 * The Simple Service Discovery Protocol, as far as [MS-PNRP] 3.1.4.2.2, 3.1.5.1 and 3.2.4 use it: who on a link has a
 * search target, over IPv6. It takes questions and announcements from neighbours on the link alone, and never keeps the
 * process alive.
 */
export class Ssdp {
  readonly #host: Pick<Host, 'clock' | 'random' | 'datagrams' | 'trace'>;
  readonly #log: SsdpLog;
  readonly #port: SharedPort;
  readonly #answers: Quota;
  /** `01-NLS`, [UPnP-DA] 1.1.2: changes when the machine starts or changes its network. */
  readonly #networkSignature: string;
  readonly #searches = new Set<SearchRun>();
  readonly #announcements = new Set<Announcement>();

  constructor(host: Pick<Host, 'clock' | 'random' | 'datagrams' | 'trace'>) {
    this.#host = host;
    this.#log = new Log(host.trace, 'ssdp', ({ type, target }) => ({ type, target }));
    this.#port = new SharedPort(
      host.datagrams,
      { group: GROUP, port: PORT, local: '::' },
      (interfaceName, error) => this.#log.failed(interfaceName, error),
      (bytes, from) => this.#receive(bytes, from),
    );
    this.#answers = new Quota(host.clock, Limit);
    this.#networkSignature = Buffer.from(host.random.bytes(16)).toString('hex');
  }

  /** Asks the link who has `target`; `found` gets each endpoint once, until 4 seconds are over or the search is cancelled. */
  search(target: string, interfaceName: string, found: Found): { readonly ended: Promise<void>; cancel(): void } {
    const known = new Set<string>();
    const { clock, datagrams } = this.#host;
    const run = new SearchRun({ clock, datagrams, log: this.#log }, target, interfaceName, (bytes, from) => {
      // An answer may come from any address of a neighbour, yet not from another link.
      if (from.scope !== undefined && from.scope !== interfaceName)
        return this.#drop(interfaceName, 'other link', from);
      const message = this.#decode(bytes, interfaceName, from);
      if (message === undefined) return;
      if (message.type !== '200 OK' || message.target !== target) {
        return this.#drop(interfaceName, 'other target', from);
      }
      if (this.#isOwn(message, interfaceName)) return;
      const endpoint = this.#endpointOf(message, interfaceName, from);
      if (endpoint === undefined) return;
      const key = `${endpoint.address} ${endpoint.port}`;
      if (known.has(key)) return;
      if (known.size >= Limit.FOUND) return this.#drop(interfaceName, 'too many found', from);
      known.add(key);
      found(endpoint);
    });
    this.#searches.add(run);
    void run.ended.then(() => this.#searches.delete(run));
    return run;
  }

  /**
   * Tells the link that `target` can be reached at `endpoint`, now and then and whenever asked, until withdrawn. Where
   * port 1900 or the interface can't be had, it is traced and tried again each time that it would be told.
   */
  announce(target: string, endpoint: SocketAddress, interfaceName: string): { withdraw(): Promise<void> } {
    const { clock, random } = this.#host;
    const ports = { clock, random, port: this.#port, log: this.#log, networkSignature: this.#networkSignature };
    const announcement = new Announcement(ports, target, endpoint, interfaceName);
    this.#announcements.add(announcement);
    return {
      withdraw: () => {
        this.#announcements.delete(announcement);
        return announcement.withdraw();
      },
    };
  }

  stats(): object {
    return { ...this.#log.snapshot(), held: { announcements: this.#announcements.size, answers: this.#pending() } };
  }

  /** Ends all of it; `abrupt`: without a word to the others. */
  async close({ abrupt = false }: { readonly abrupt?: boolean } = {}): Promise<void> {
    const announcements = [...this.#announcements];
    this.#announcements.clear();
    for (const search of this.#searches) search.cancel();
    await Promise.all([
      ...announcements.map((it) => it.withdraw({ abrupt })),
      ...[...this.#searches].map((it) => it.ended),
    ]);
  }

  #pending(): number {
    return [...this.#announcements].reduce((sum, it) => sum + it.pending, 0);
  }

  /** At port 1900. What comes from beyond the link is not answered: a forged address there could be anybody's. */
  #receive(bytes: Uint8Array, from: SocketAddress): void {
    const { scope } = from;
    if (scope === undefined) return this.#drop(undefined, 'not from the link', from);
    const message = this.#decode(bytes, scope, from);
    if (message?.type === 'M-SEARCH') this.#answer(message, scope, from);
  }

  /** One answer an announcement and question, within bounds, since an answer is longer than its question. */
  #answer(message: Search, interfaceName: string, from: SocketAddress): void {
    const asked = [...this.#announcements].filter(
      (it) => it.interfaceName === interfaceName && (message.target === it.target || message.target === 'ssdp:all'),
    );
    if (asked.length === 0) return this.#drop(interfaceName, 'other target', from);
    this.#log.received(interfaceName, message, from);
    for (const announcement of asked) {
      if (announcement.awaits(from)) continue;
      if (this.#pending() >= Limit.PENDING) this.#drop(interfaceName, 'answers full', from);
      else if (!this.#answers.take(from.address)) this.#drop(interfaceName, 'too many searches', from);
      // Without MX the question was for this machine alone, which answers within a second. [UPnP-DA] 1.2.2.
      else announcement.answer(from, message.maxWait ?? 1);
    }
  }

  /** What is announced here comes back with what the group gets. */
  #isOwn({ target, endpoint }: Presence, interfaceName: string): boolean {
    return [...this.#announcements].some((it) => it.interfaceName === interfaceName && it.isFor(target, endpoint));
  }

  /** Nothing for what can't be the address of a neighbour. */
  #endpointOf(message: Presence, interfaceName: string, from: SocketAddress): SocketAddress | undefined {
    const { endpoint } = message;
    const scope = addressScope(packAddress(endpoint.address));
    if (scope === 'unusable' || scope === 'loopback') {
      return this.#drop(interfaceName, 'unusable endpoint', from, endpoint.address);
    }
    this.#log.received(interfaceName, message, from);
    return { ...endpoint, ...(scope === 'link-local' ? { scope: interfaceName } : {}) };
  }

  #decode(bytes: Uint8Array, interfaceName: string, from: SocketAddress): SsdpMessage | undefined {
    try {
      return decode(ssdpMessage, bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#drop(interfaceName, 'syntax', from, error.message);
    }
  }

  #drop(interfaceName: string | undefined, reason: string, from: SocketAddress, detail?: string): undefined {
    this.#log.dropped(interfaceName, reason, from, detail);
  }
}

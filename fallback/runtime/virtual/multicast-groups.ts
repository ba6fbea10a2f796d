import type { VirtualDatagramSocket } from './virtual-datagrams.js';
import type { VirtualHost } from './virtual-host.js';

/** Who has joined which group on which link, so that a datagram costs only those who get it. */
export class MulticastGroups {
  readonly #groups = new Map<string, Map<VirtualHost, Set<VirtualDatagramSocket>>>();

  join(group: string, link: string, host: VirtualHost, socket: VirtualDatagramSocket): void {
    const key = `${group}%${link}`;
    const hosts = this.#groups.get(key) ?? new Map<VirtualHost, Set<VirtualDatagramSocket>>();
    const sockets = hosts.get(host) ?? new Set<VirtualDatagramSocket>();
    this.#groups.set(key, hosts.set(host, sockets.add(socket)));
  }

  leave(group: string, link: string, host: VirtualHost, socket: VirtualDatagramSocket): void {
    const key = `${group}%${link}`;
    const hosts = this.#groups.get(key);
    const sockets = hosts?.get(host);
    sockets?.delete(socket);
    if (sockets?.size === 0) hosts?.delete(host);
    if (hosts?.size === 0) this.#groups.delete(key);
  }

  /** In the order of joining, which makes a run follow from its seed. */
  hosts(group: string, link: string): VirtualHost[] {
    return [...(this.#groups.get(`${group}%${link}`)?.keys() ?? [])];
  }

  members(group: string, link: string | undefined, host: VirtualHost): VirtualDatagramSocket[] {
    return [...(this.#groups.get(`${group}%${link}`)?.get(host) ?? [])];
  }
}

import type { Interfaces } from '../contract/host.js';
import type { PnrpAddress } from '../contract/pnrp.js';
import type { WindowsSocketAddress } from './addon.js';

/** Texts of IPv6 addresses as strings of their 16 bytes, and back: the fallback's. What is no address is a RangeError. */
export interface Ipv6Text {
  packAddress(text: string): string;
  addressText(packed: string): string;
}

/** Addresses as this package writes them, and as Windows does: an interface has its name here, its index there. */
export class SocketAddresses {
  readonly #interfaces: Interfaces;
  readonly #ipv6: Ipv6Text;

  constructor(interfaces: Interfaces, ipv6: Ipv6Text) {
    this.#interfaces = interfaces;
    this.#ipv6 = ipv6;
  }

  /** Throws a RangeError that says what is wrong. */
  toWindows({ address, port, scope }: PnrpAddress): WindowsSocketAddress {
    return {
      address: new Uint8Array(Buffer.from(this.#ipv6.packAddress(address), 'latin1')),
      port: checkPort(port),
      scopeId: scope === undefined ? 0 : this.#scopeId(scope),
    };
  }

  fromWindows({ address, port, scopeId }: WindowsSocketAddress): PnrpAddress {
    const text =
      address.length === 4 ? address.join('.') : this.#ipv6.addressText(Buffer.from(address).toString('latin1'));
    return { address: text, port, ...(scopeId === 0 ? {} : { scope: this.#scope(scopeId) }) };
  }

  /** An interface that is not there has its index for a name. */
  #scope(scopeId: number): string {
    return this.#interfaces.list().find(({ index }) => index === scopeId)?.name ?? String(scopeId);
  }

  #scopeId(scope: string): number {
    const known = this.#interfaces.list().find(({ name }) => name === scope)?.index;
    if (known !== undefined) return known;
    if (/^[1-9]\d{0,8}$/.test(scope)) return Number(scope);
    throw new RangeError(`there is no interface ${scope}`);
  }
}

export function checkPort(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
    throw new RangeError(`port ${port} is not one from 1 to 65535`);
  }
  return port;
}

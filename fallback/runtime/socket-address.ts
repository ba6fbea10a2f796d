import { isIP } from 'node:net';
import type { Interfaces, SocketAddress } from '../../lib/backend/contract/host.js';

/** Addresses as Node.js writes them: the interface of a link-local one stands behind a percent sign. */
export interface AddressText {
  /** What is no address, for Node.js either, where there is no such interface. */
  toText(address: SocketAddress): string;
  fromText(text: string, port: number): SocketAddress;
}

/** How long a list of interfaces is good for: Windows takes a millisecond to make one, and each datagram needs it. */
const LIST_MS = 2000;

/** Windows writes an interface as a number, whose names have spaces in them; others write its name. */
export function addressText(interfaces: Interfaces, numbered = process.platform === 'win32'): AddressText {
  return numbered ? numberedText(interfaces) : namedText;
}

const namedText: AddressText = {
  toText: ({ address, scope }) => (scope === undefined ? address : `${address}%${scope}`),
  fromText: (text, port) => {
    const [address = text, scope] = text.split('%');
    return scope === undefined ? { address, port } : { address, port, scope };
  },
};

function numberedText(interfaces: Interfaces): AddressText {
  let known = interfaces.list();
  let listed = performance.now();
  const list = () => {
    if (performance.now() - listed > LIST_MS) {
      known = interfaces.list();
      listed = performance.now();
    }
    return known;
  };
  return {
    toText({ address, scope }) {
      if (scope === undefined) return address;
      const found = list().find(({ name }) => name === scope);
      return found === undefined ? `${address} on no interface ${scope}` : `${address}%${found.index}`;
    },
    fromText(text, port) {
      const { address, scope } = namedText.fromText(text, port);
      if (scope === undefined) return { address, port };
      return { address, port, scope: list().find(({ index }) => String(index) === scope)?.name ?? scope };
    },
  };
}

/** In place of DNS: what is no address is an error, not a question to a name server. */
export function literalLookup(
  text: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const family = isIP(text);
  callback(family === 0 ? notAnAddress(text) : null, text, family);
}

export function notAnAddress(text: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`not an IP address: ${text}`), { code: 'EINVAL' });
}

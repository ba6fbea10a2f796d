import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Interfaces, NetworkInterface } from '../../lib/backend/contract/host.js';

/** No portable call tells of a change, so the list is compared now and then. */
const POLL_MS = 2000;

export function realInterfaces(): Interfaces {
  return {
    list,
    watch(changed) {
      let known = JSON.stringify(list());
      const timer = setInterval(() => {
        const now = JSON.stringify(list());
        if (now === known) return;
        known = now;
        changed();
      }, POLL_MS).unref();
      return {
        hold(alive) {
          if (alive) timer.ref();
          else timer.unref();
        },
        close: () => clearInterval(timer),
      };
    },
  };
}

function list(): NetworkInterface[] {
  return Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
    name,
    index: addresses.find((it) => it.family === 'IPv6' && it.scopeid !== 0)?.scopeid ?? 0,
    addresses: addresses.map((it) => it.address),
    prefixes: addresses.map(prefixOf),
    loopback: addresses.every((it) => it.internal),
  }));
}

/** A netmask that is none is that of the address alone. */
function prefixOf({ cidr, family }: NetworkInterfaceInfo): number {
  return Number(cidr?.split('/')[1] ?? (family === 'IPv6' ? 128 : 32));
}

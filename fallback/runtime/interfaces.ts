import { networkInterfaces } from 'node:os';
import type { Clock, Interfaces, NetworkInterface } from '../../lib/backend/contract/host.js';

/** No portable call tells of a change, so the list is compared now and then. */
const POLL_MS = 2000;

export function realInterfaces(clock: Clock): Interfaces {
  return {
    list,
    watch(changed) {
      let known = JSON.stringify(list());
      let timer = clock.after(POLL_MS, look);
      function look(): void {
        const now = JSON.stringify(list());
        timer = clock.after(POLL_MS, look);
        if (now === known) return;
        known = now;
        changed();
      }
      return () => timer.cancel();
    },
  };
}

function list(): NetworkInterface[] {
  return Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
    name,
    index: addresses.find((it) => it.family === 'IPv6' && it.scopeid !== 0)?.scopeid ?? 0,
    addresses: addresses.map((it) => it.address),
    loopback: addresses.every((it) => it.internal),
  }));
}

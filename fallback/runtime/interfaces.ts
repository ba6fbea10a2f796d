import { networkInterfaces } from 'node:os';
import type { Clock, Interfaces, NetworkInterface, Timer } from '../../lib/backend/contract/host.js';
import { scopeIdOf } from './zones.js';

/** Node.js reports no changes of the list: it has to be asked. */
const POLL_MS = 2_000;

/** `read` and `clock` are given so that a change can be seen without making one on the machine. */
export function createInterfaces(clock: Clock, read: () => readonly NetworkInterface[] = systemInterfaces): Interfaces {
  const watchers = new Set<() => void>();
  let seen = '';
  let timer: Timer | undefined;

  const poll = () => {
    timer = clock.after(POLL_MS, poll);
    const current = JSON.stringify(read());
    if (current === seen) return;
    seen = current;
    for (const changed of [...watchers]) changed();
  };

  return {
    list: read,
    watch(changed) {
      const watcher = () => changed();
      watchers.add(watcher);
      if (timer === undefined) {
        seen = JSON.stringify(read());
        timer = clock.after(POLL_MS, poll);
      }
      return () => {
        watchers.delete(watcher);
        if (watchers.size > 0) return;
        timer?.cancel();
        timer = undefined;
      };
    },
  };
}

function systemInterfaces(): readonly NetworkInterface[] {
  return Object.entries(networkInterfaces()).map(([name, infos = []]) => ({
    name,
    index: scopeIdOf(infos),
    addresses: infos.map((info) => info.address.split('%')[0] as string),
    loopback: infos.some((info) => info.internal),
  }));
}

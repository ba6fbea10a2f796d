import { type Channel, channel } from 'node:diagnostics_channel';
import type { Trace } from '../../lib/backend/contract/host.js';

/** Publishes to the diagnostics channel `winpeer:<area>:<event>`. */
export function createTrace(): Trace {
  const channels = new Map<string, Channel>();
  return (area, event, build) => {
    const name = `winpeer:${area}:${event}`;
    let found = channels.get(name);
    if (found === undefined) {
      found = channel(name);
      channels.set(name, found);
    }
    if (found.hasSubscribers) found.publish(build());
  };
}

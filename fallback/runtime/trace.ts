import { channel } from 'node:diagnostics_channel';
import type { Trace } from '../../lib/backend/contract/host.js';

/** `winpeer:<area>:<event>` on diagnostics_channel. The object is built only when somebody listens. */
export function channelTrace(): Trace {
  return (area, event, build) => {
    const it = channel(`winpeer:${area}:${event}`);
    if (it.hasSubscribers) it.publish(build());
  };
}

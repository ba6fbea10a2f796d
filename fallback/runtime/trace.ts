import { type Channel, channel } from 'node:diagnostics_channel';
import type { Trace, Traces } from '../../lib/backend/contract/host.js';

/**
 * Made once and held: when Node.js 20 collects a channel that nobody held, it may forget the next one of that name, and
 * that one's subscribers with it.
 */
const CHANNELS: Readonly<{ [A in keyof Traces]: Readonly<Record<keyof Traces[A], Channel>> }> = Object.freeze({
  pnrp: channels('pnrp', ['send', 'receive', 'drop', 'hop', 'cache', 'discovery', 'error']),
  ssdp: channels('ssdp', ['send', 'receive', 'drop', 'error']),
  'ws-discovery': channels('ws-discovery', ['send', 'receive', 'drop', 'error']),
  distribution: channels('distribution', ['block', 'missing', 'drop', 'error']),
  retrieval: channels('retrieval', ['send', 'receive', 'drop', 'error']),
  'hosted-cache': channels('hosted-cache', ['send', 'offer', 'pull', 'drop']),
});

function channels<E extends string>(area: string, events: readonly E[]): Readonly<Record<E, Channel>> {
  const named = events.map((event) => [event, channel(`winpeer:${area}:${event}`)]);
  return Object.freeze(Object.fromEntries(named));
}

/** `winpeer:<area>:<event>` on diagnostics_channel, with what `add` knows of all. Built only when somebody listens. */
export function channelTrace(add: () => object = () => ({})): Trace {
  return (area, event, build) => {
    const it: Channel = CHANNELS[area][event];
    if (it.hasSubscribers) it.publish({ ...add(), ...build() });
  };
}

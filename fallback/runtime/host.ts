import type { Host } from '../../lib/backend/contract/host.js';
import { createClock } from './clock.js';
import { createDatagrams } from './datagrams.js';
import { createInterfaces } from './interfaces.js';
import { createRandom } from './random.js';
import { createSecure } from './secure.js';
import { createStores } from './store.js';
import { createStreams } from './streams.js';
import { createTrace } from './trace.js';
import { createWork } from './work.js';

/** The ports over this machine's sockets, clock and disk. `home` is the folder of its stores. */
export function createHost({ home }: { readonly home: string }): Host {
  const clock = createClock();
  const trace = createTrace();
  return {
    clock,
    trace,
    random: createRandom(),
    datagrams: createDatagrams(trace),
    streams: createStreams(trace),
    interfaces: createInterfaces(clock),
    store: createStores(home),
    work: createWork(),
    secure: createSecure(),
    busy: (promise) => promise,
    awaited: (promise) => promise,
  };
}

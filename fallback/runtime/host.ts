import type { Host } from '../../lib/backend/contract/host.js';
import { realCaches } from './cache/caches.js';
import { realClock } from './clock.js';
import { realDatagrams } from './datagrams.js';
import { realDns } from './dns.js';
import { realHttp } from './http.js';
import { realInterfaces } from './interfaces.js';
import { realRandom } from './random.js';
import { realSecure } from './secure.js';
import { fileStores } from './store.js';
import { realStreams } from './streams.js';
import { realThreads } from './threads.js';
import { channelTrace } from './trace.js';
import { realWork } from './work.js';

/** The ports bound to this machine: its sockets, clock and disk. `home` is the folder of what is kept. */
export function createHost({ home }: { readonly home: string }): Host {
  const clock = realClock();
  const interfaces = realInterfaces();
  return {
    clock,
    random: realRandom(),
    datagrams: realDatagrams(interfaces),
    streams: realStreams(interfaces),
    http: realHttp(interfaces, clock),
    interfaces,
    dns: realDns(),
    store: fileStores(home),
    caches: realCaches(home),
    work: realWork(),
    threads: realThreads(),
    secure: realSecure(),
    trace: channelTrace(),
    busy: (promise) => promise,
    awaited: (promise) => promise,
  };
}

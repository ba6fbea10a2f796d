import type { CacheUsage } from '../../../lib/backend/contract/cache-store.js';
import type { HostedCacheLog } from './log.js';
import type { PullQueue } from './pull-queue.js';

/** Of a retrieval server. */
export interface RetrievalCounts {
  readonly received: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly held: { readonly clients: number };
}

export interface Measured {
  readonly log: HostedCacheLog;
  readonly queue: PullQueue;
  readonly retrieval: RetrievalCounts;
  readonly usage: CacheUsage;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** The text that Prometheus reads, format 0.0.4. */
export function metricsText({ log, queue, retrieval, usage }: Measured): string {
  return [
    counter('offers', 'Offers that were answered', pairs(log.offers, 'message', 'answer')),
    counter('offered_segments', 'Segments that were offered, by content tag', labelled(log.tags, 'tag', tagText)),
    counter('dropped_offers', 'Offers, or segments of them, that were passed over', labelled(log.drops, 'reason')),
    counter('pulls', 'Segments that were fetched from who offered them', labelled(log.pulls, 'outcome')),
    counter('pulled_blocks', 'Blocks that were fetched and kept', [[{}, log.blocks]]),
    counter('pulled_bytes', 'Bytes of those blocks', [[{}, log.bytes]]),
    gauge('pulls_now', 'Segments that are being fetched, and that wait for it', [
      [{ state: 'running' }, queue.running],
      [{ state: 'waiting' }, queue.waiting],
    ]),
    counter('requests', 'Requests for segments', labelled(new Map(Object.entries(retrieval.received)), 'message')),
    counter(
      'dropped_requests',
      'Requests that were passed over',
      labelled(new Map(Object.entries(retrieval.dropped)), 'reason'),
    ),
    counter('served_bytes', 'Bytes of blocks that were given out', [[{}, retrieval.bytes]]),
    gauge('clients', 'Requests that are worked on', [[{}, retrieval.held.clients]]),
    gauge('segments', 'Segments in the cache', [[{}, usage.segments]]),
    gauge('blocks', 'Blocks in the cache', [[{}, usage.blocks]]),
    gauge('bytes', 'Bytes of blocks in the cache', [[{}, usage.bytes]]),
    gauge('limit_bytes', 'Bytes that blocks may take', [[{}, usage.limit]]),
    gauge('fault', 'Whether something is wrong with the store', [[{}, usage.fault === undefined ? 0 : 1]]),
  ].join('');
}

function counter(name: string, help: string, samples: readonly Sample[]): string {
  return family(`${name}_total`, 'counter', help, samples);
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return family(name, 'gauge', help, samples);
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const full = `winpeer_hosted_cache_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labelText(labels)} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '\\$&')}"`);
  return texts.length === 0 ? '' : `{${texts.join(',')}}`;
}

function labelled(counters: ReadonlyMap<string, number>, name: string, text = (it: string): string => it): Sample[] {
  return [...counters].map(([value, count]) => [{ [name]: text(value) }, count]);
}

/** Of counters whose names are two words. */
function pairs(counters: ReadonlyMap<string, number>, first: string, second: string): Sample[] {
  return [...counters].map(([name, count]) => {
    const [a = '', b = ''] = name.split(' ');
    return [{ [first]: a, [second]: b }, count];
  });
}

/** A tag that is text, whatever fills it up, as text; any other in hexadecimal digits. [MS-PCHC] note 8 */
function tagText(tag: string): string {
  const text = Buffer.from(tag, 'hex')
    .toString('latin1')
    .replace(/[\0 ]+$/, '');
  return /^[!-~]+$/.test(text) ? text : tag;
}

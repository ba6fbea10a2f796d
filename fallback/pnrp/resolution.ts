import type { Host, Timer } from '../../lib/backend/contract/host.js';
import type {
  EndpointInfo,
  Resolution,
  ResolveCriteria,
  ResolveOptions,
  ResolveSink,
} from '../../lib/backend/contract/pnrp.js';
import { PeerError } from '../../lib/errors.js';
import { type Criteria, isCloseEnough } from '../routing/criteria.js';
import type { Endpoint } from '../routing/entry.js';
import { isCloser, ringIdFromHex } from '../routing/ring.js';
import { addressText, packAddress } from '../wire/ipv6.js';
import type { Readings } from '../wire/readings.js';
import { Time } from './bounds.js';
import type { Cloud } from './cloud.js';
import type { ExtendedPayload } from './extended-payload.js';
import type { LocalName } from './local-name.js';
import { resolverTarget, servicePrefix } from './pnrp-id.js';
import type { ValidAnswer } from './validation.js';

interface Search {
  readonly host: Host;
  readonly readings: Readings;
  readonly peerName: string;
  readonly p2pId: string;
  readonly options: ResolveOptions;
  readonly sink: ResolveSink;
  readonly ended: () => void;
}

/** A name of this platform that a search may give. */
interface OwnName {
  readonly cloud: Cloud;
  readonly local: LocalName;
}

/** One `resolve` of a name, in one cloud or in several at once. [MS-PNRP] 3.1.4.4. */
export class NameResolution implements Resolution {
  readonly #search: Search;
  readonly #started: number;
  #timer: Timer | undefined;
  /** Those that wait until nothing nearer is to be had: the CurrentBestMatch that a search begins with. */
  #own: OwnName[] = [];
  #firstLookup: number | undefined;
  #found = 0;
  #hops = 0;
  #over = false;

  constructor(search: Search) {
    this.#search = search;
    this.#started = search.host.clock.now();
  }

  /** Takes over the clouds, which are retained: each is released when its search is over. */
  run(clouds: readonly Cloud[]): void {
    if (this.#over) {
      for (const cloud of clouds) cloud.release();
      return;
    }
    const { timeoutMs = Time.RESOLVE_MS } = this.#search.options;
    this.#timer = this.#search.host.clock.after(timeoutMs, () => this.finish(true));
    const searches = clouds.map((cloud) => this.#searchCloud(cloud).finally(() => cloud.release()));
    Promise.all(searches).then(
      () => this.finish(false),
      (error: unknown) => this.finish(false, error),
    );
  }

  async end(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    this.#search.ended();
  }

  async #searchCloud(cloud: Cloud): Promise<void> {
    await cloud.ready();
    const [own] = cloud.node.endpoints;
    if (this.#over || own === undefined) return;
    this.#firstLookup ??= this.#search.host.clock.now();
    const { options, readings, p2pId, sink } = this.#search;
    const criteria = options.criteria ?? 'default';
    const hint = options.hint === undefined ? own.address : packAddress(options.hint);
    const target = ringIdFromHex(resolverTarget(p2pId, servicePrefix(hint)));
    const asked = wireCriteria(criteria, readings);
    if (INCLUDING_OWN.has(criteria)) {
      this.#own.push(...ownNames(cloud, p2pId));
      const nearest = readings.get('pnrp.nearest'); // UNCONFIRMED: pnrp.nearest
      this.#takeOwn(({ local }) => isCloseEnough(local.id, target, asked, nearest));
    }
    // UNCONFIRMED: pnrp.next-results
    const passOver: Endpoint[] = [];
    while (!this.#over) {
      const { found, usefulHops } = await cloud.node.search({
        target,
        criteria: asked,
        reason: 'app-request',
        passOver,
        onHop: (hop) => {
          if (!this.#over) sink.hop({ cloud: cloud.name, ...hop });
        },
        cancelled: () => this.#over,
      });
      this.#hops += usefulHops;
      if (found === undefined) return;
      const { id, port } = found.entry;
      this.#takeOwn((it) => it.cloud === cloud && isCloser(it.local.id, id, target));
      passOver.push(...found.entry.addresses.map((address) => ({ address, port })));
      if (!EXCLUDING_MACHINE.has(criteria) || !this.#isOnThisMachine(found))
        this.#take(toEndpoint(cloud, found, this.#search.peerName), found.extendedPayload?.payload);
    }
  }

  #takeOwn(isIt: (own: OwnName) => boolean): void {
    const taken = this.#own.filter(isIt);
    this.#own = this.#own.filter((it) => !taken.includes(it));
    for (const { cloud, local } of taken) this.#take(ownEndpoint(cloud, local), local.content.payload);
  }

  #take(endpoint: EndpointInfo, payload: ExtendedPayload['payload'] | undefined): void {
    if (this.#over) return;
    this.#found += 1;
    if (payload === undefined) this.#search.sink.endpoint(endpoint);
    else if (payload instanceof Uint8Array)
      this.#search.sink.endpoint({ ...endpoint, payload: Uint8Array.from(payload) });
    else this.#search.sink.endpoint({ ...endpoint, payload: Buffer.from(payload.text, 'utf16le') }, payload.text);
    if (this.#found >= (this.#search.options.max ?? 1)) this.#conclude(false);
  }

  #isOnThisMachine({ entry }: ValidAnswer): boolean {
    const own = this.#search.host.interfaces.list().flatMap((it) => it.addresses);
    return entry.addresses.some((address) => own.includes(addressText(address)));
  }

  /** Whoever waits gets what was found so far, or what broke the search off. */
  finish(timedOut: boolean, error?: unknown): void {
    this.#takeOwn(() => true);
    this.#conclude(timedOut, error);
  }

  #conclude(timedOut: boolean, error?: unknown): void {
    if (this.#over) return;
    const now = this.#search.host.clock.now();
    const firstLookup = this.#firstLookup ?? now;
    void this.end();
    const end = { hops: this.#hops, joinMs: firstLookup - this.#started, ms: now - firstLookup, timedOut };
    this.#search.sink.end(end, error);
  }
}

/** PNRP_RESOLVE_CRITERIA: names of this process count too. */
const INCLUDING_OWN: ReadonlySet<ResolveCriteria> = new Set(['any-peer-name', 'nearest-peer-name']);
/** Names of this machine don't count. */
const EXCLUDING_MACHINE: ReadonlySet<ResolveCriteria> = new Set(['remote-peer-name', 'nearest-remote-peer-name']);

const CRITERIA: ReadonlySet<string> = new Set([
  'default',
  'non-current-process-peer-name',
  'nearest-non-current-process-peer-name',
  ...INCLUDING_OWN,
  ...EXCLUDING_MACHINE,
]);

function wireCriteria(criteria: ResolveCriteria, readings: Readings): Criteria {
  if (!criteria.startsWith('nearest')) return { kind: 'any-peername' };
  // UNCONFIRMED: pnrp.resolve-criteria
  const nearest = readings.get('pnrp.resolve-criteria');
  return { kind: nearest === 'nearest64' ? 'nearest64-peername' : 'nearest-peername' };
}

function toEndpoint(cloud: Cloud, { cpa }: ValidAnswer, peerName: string): EndpointInfo {
  return {
    peerName,
    cloud: cloud.name,
    addresses: cpa.applicationEndpoints.map((endpoint) => cloud.locate(endpoint)),
    ...(cpa.friendlyName === undefined ? {} : { comment: cpa.friendlyName.text }),
  };
}

function ownNames(cloud: Cloud, p2pId: string): OwnName[] {
  const locals = cloud.node.locals().filter((local) => local.identity.p2pId === p2pId);
  return locals.map((local) => ({ cloud, local }));
}

function ownEndpoint(cloud: Cloud, { identity, content }: LocalName): EndpointInfo {
  return {
    peerName: identity.peerName,
    cloud: cloud.name,
    addresses: content.addresses.map((it) => ({ ...it })),
    ...(content.comment === '' ? {} : { comment: content.comment }),
  };
}

export function checkResolve({ max, timeoutMs, criteria, hint }: ResolveOptions, operation: string): void {
  const refuse = (why: string): never => {
    throw new PeerError('E_INVALIDARG', operation, why);
  };
  if (max !== undefined && (!Number.isInteger(max) || max < 1)) refuse(`max is a whole number from 1, not ${max}`);
  if (timeoutMs !== undefined && !(timeoutMs >= 1 && timeoutMs <= Time.RESOLVE_MAXIMUM_MS)) {
    refuse(`timeoutMs is from 1 to ${Time.RESOLVE_MAXIMUM_MS}, not ${timeoutMs}`);
  }
  if (criteria !== undefined && !CRITERIA.has(criteria))
    refuse(`criteria is one of ${[...CRITERIA].join(', ')}, not "${criteria}"`);
  if (hint === undefined) return;
  try {
    packAddress(hint);
  } catch {
    refuse(`the hint "${hint}" is not an IPv6 address`);
  }
}

import { isIPv6 } from 'node:net';
import { isPeerError, PeerError } from '../../errors.js';
import type { Clock, Timer } from '../contract/host.js';
import type { EndpointInfo, Resolution, ResolveOptions, ResolveSink } from '../contract/pnrp.js';
import type { PnrpCalls, PnrpEndpointInfo, PnrpResolution, PnrpSession } from './addon.js';
import { checkOptionalText, peerErrorOf, windows } from './calls.js';
import { CRITERIA } from './resolve-criteria.js';
import type { SocketAddresses } from './socket-addresses.js';

const TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 600_000;

interface Search {
  readonly addon: PnrpCalls;
  readonly addresses: SocketAddresses;
  readonly clock: Clock;
  readonly options: ResolveOptions;
  readonly sink: ResolveSink;
  readonly ended: (resolution: NativeResolution) => void;
}

/** A search of Windows. It is ended once, whether it ran out, failed, had its time or was cancelled. */
export class NativeResolution implements Resolution {
  readonly #search: Search;
  readonly #started: number;
  #handle: Promise<PnrpResolution> | undefined;
  #timer: Timer | undefined;
  #ending: Promise<void> | undefined;
  #found = 0;
  #over = false;
  /** Windows has forgotten it. */
  ended = false;

  constructor(search: Search) {
    this.#search = search;
    this.#started = search.clock.now();
  }

  async start(session: PnrpSession, peerName: string): Promise<void> {
    const { addon, clock, options } = this.#search;
    const { cloud = null, max = 1, timeoutMs = TIMEOUT_MS } = options;
    this.#handle = windows(() =>
      addon.PeerPnrpStartResolve(session, peerName, cloud, max, (error, endpoint) => {
        if (error === null) this.#take(endpoint);
        else this.#fail(peerErrorOf(error));
      }),
    );
    await this.#handle;
    if (!this.#over) this.#timer = clock.after(timeoutMs, () => this.#finish(true));
  }

  end(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    this.#ending ??= this.#endResolve();
    return this.#ending;
  }

  async #endResolve(): Promise<void> {
    const handle = await this.#handle;
    if (handle === undefined) return;
    try {
      await windows(() => this.#search.addon.PeerPnrpEndResolve(handle));
    } finally {
      this.ended = true;
      this.#search.ended(this);
    }
  }

  #take({ peerName, addresses, comment, payload }: PnrpEndpointInfo): void {
    if (this.#over) return;
    const { options, sink } = this.#search;
    const endpoint: EndpointInfo = {
      peerName,
      ...(options.cloud === undefined ? {} : { cloud: options.cloud }),
      addresses: addresses.map((it) => this.#search.addresses.fromWindows(it)),
      ...(comment === null ? {} : { comment }),
      ...(payload === null ? {} : { payload }),
    };
    sink.endpoint(endpoint);
    this.#found++;
    if (this.#found === (options.max ?? 1)) this.#finish(false);
  }

  #fail(error: unknown): void {
    this.#finish(false, isPeerError(error, 'PEER_E_NO_MORE') ? undefined : error);
  }

  /** Whoever waits gets what was found so far, once Windows has ended the search. */
  #finish(timedOut: boolean, error?: unknown): void {
    if (this.#over) return;
    const { clock, sink } = this.#search;
    const ms = clock.now() - this.#started;
    const tell = (refused?: unknown): void => sink.end({ hops: 0, joinMs: 0, ms, timedOut }, error ?? refused);
    this.end().then(() => tell(), tell);
  }
}

/** PeerPnrpStartResolve has a cloud and a number of endpoints; what else there is to ask for is Winsock's. */
export function checkResolve(options: ResolveOptions, operation: string): void {
  const { cloud, max, timeoutMs, criteria = 'default', hint } = options;
  checkOptionalText('cloud', cloud ?? null, operation);
  const refuse = (why: string): never => {
    throw new PeerError('E_INVALIDARG', operation, why);
  };
  if (max !== undefined && !(Number.isInteger(max) && max >= 1 && max <= 0xffff_ffff)) {
    refuse(`max is a whole number from 1, not ${max}`);
  }
  if (timeoutMs !== undefined && !(timeoutMs >= 1 && timeoutMs <= LONGEST_TIMEOUT_MS)) {
    refuse(`timeoutMs is from 1 to ${LONGEST_TIMEOUT_MS}, not ${timeoutMs}`);
  }
  if (!CRITERIA.includes(criteria)) refuse(`the criteria are ${CRITERIA.join(', ')}, not "${criteria}"`);
  if (hint !== undefined && !isIPv6(hint)) refuse(`the hint "${hint}" is no IPv6 address`);
  const lacks = (what: string): never => {
    throw new PeerError('E_NOTIMPL', operation, `PeerPnrpStartResolve of Windows has no ${what}: winsock has`);
  };
  if (criteria !== 'default') lacks('criteria');
  if (hint !== undefined) lacks('hint');
}

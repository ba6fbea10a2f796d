import { addresses, inCloud, optional, optionalSignal, peerNameText } from './argument-types.js';
import type {
  CloudEvent,
  CloudInfo,
  CloudOpenOptions,
  CloudState,
  OpenCloud as ContractCloud,
  Registration as ContractRegistration,
  EndpointInfo,
  PnrpAddress,
  RegistrationInfo,
  Resolution,
  ResolveEnd,
  ResolveHop,
  ResolveOptions,
} from './backend/contract/pnrp.js';
import { invalidArgType } from './errors.js';
import { deliver, EventQueue, EventSource, type Listeners, sinkOf } from './events.js';
import type { Runtime } from './runtime.js';
import { abortable, type Waiting } from './waiting.js';

export type {
  CloudEvent,
  CloudInfo,
  CloudOpenOptions,
  CloudState,
  EndpointInfo,
  PnrpAddress,
  PnrpScope,
  RegistrationInfo,
  ResolveCriteria,
  ResolveHop,
  ResolveOptions,
} from './backend/contract/pnrp.js';

export type {
  PnrpCacheEvent,
  PnrpDiscoveryEvent,
  PnrpDropEvent,
  PnrpErrorEvent,
  PnrpHopEvent,
  PnrpMessageType,
  PnrpReceiveEvent,
  PnrpSendEvent,
  PnrpTrace,
  SsdpDropEvent,
  SsdpErrorEvent,
  SsdpMessageType,
  SsdpReceiveEvent,
  SsdpSendEvent,
  SsdpTrace,
} from './backend/contract/trace.js';

export type { Waiting } from './waiting.js';

export interface ResolveResult extends ResolveEnd {
  /** In the order found; empty when nothing is registered under the name. */
  readonly endpoints: readonly EndpointInfo[];
}

/** The Peer Name Resolution Protocol: names without servers. [MS-PNRP]. */
export class Pnrp {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * The clouds of this machine; none without IPv6.
   * @win32 PeerPnrpGetCloudInfo
   */
  clouds(): Promise<readonly CloudInfo[]> {
    return this.#runtime.call('pnrp', 'PeerPnrpGetCloudInfo', (backend) => backend.clouds());
  }

  /**
   * Opens a cloud at chosen addresses and with chosen seeds, and keeps it open until closed. Registering and resolving
   * open what they need by themselves; on Windows the system's service does, and this call is `E_NOTIMPL`. `on` takes
   * listeners that miss nothing.
   * `PEER_E_CLOUD_NOT_FOUND`, `E_INVALIDARG`. [MS-PNRP] 3.1.4.1.
   */
  async open(options: CloudOpenOptions & Waiting & { readonly on?: Listeners<CloudEvent> } = {}): Promise<OpenCloud> {
    const { signal, on, ...rest } = options;
    optionalSignal(signal);
    for (const [event, listener] of Object.entries(on ?? {})) optional(`on.${event}`, listener, 'function');
    optional('cloud', rest.cloud, 'string');
    addresses('listen', rest.listen);
    addresses('seeds', rest.seeds);
    const cloud = await abortable(
      this.#runtime.call('pnrp', 'PnrpOpenCloud', (backend) => backend.open(inCloud(rest), on && sinkOf(on))),
      signal,
      (late) => late.close(),
    );
    return new OpenCloud(this.#runtime, cloud);
  }

  /**
   * Registers a name; resolves when other nodes can find it. A secure name must belong to an identity of this user.
   * Without `addresses` this machine's own are published with `port`. `PEER_E_INVALID_PEER_NAME`,
   * `PEER_E_DUPLICATE_PEER_NAME`, `PEER_E_IDENTITY_NOT_FOUND`, `PEER_E_INVALID_IDENTITY`, `PEER_E_CLOUD_NOT_FOUND`,
   * `E_INVALIDARG`. [MS-PNRP] 3.2.4.1.
   * @win32 PeerPnrpStartup, PeerPnrpRegister
   */
  async register(peerName: string, options: RegistrationInfo & Waiting = {}): Promise<Registration> {
    const { signal, ...info } = options;
    optionalSignal(signal);
    checkInfo(info);
    const registration = await abortable(
      this.#runtime.call('pnrp', 'PeerPnrpRegister', (backend) =>
        backend.register(peerNameText(peerName), inCloud(info)),
      ),
      signal,
      (late) => late.unregister(),
    );
    return new Registration(this.#runtime, registration);
  }

  /**
   * Looks a name up; resolves when the search is over or its time is. Names that this platform registered itself are
   * not found unless `criteria` says so. `PEER_E_INVALID_PEER_NAME`, `PEER_E_CLOUD_NOT_FOUND`, `E_INVALIDARG`.
   * [MS-PNRP] 3.1.4.4.
   * @win32 PeerPnrpResolve
   */
  async resolve(
    peerName: string,
    options: ResolveOptions & Waiting & { readonly onHop?: (hop: ResolveHop) => void } = {},
  ): Promise<ResolveResult> {
    const { signal, onHop, ...rest } = options;
    optionalSignal(signal);
    optional('onHop', onHop, 'function');
    checkResolve(rest);
    const endpoints: EndpointInfo[] = [];
    let cancel: (() => void) | undefined;
    const result = this.#runtime.call(
      'pnrp',
      'PeerPnrpResolve',
      (backend) =>
        new Promise<ResolveResult>((resolve, reject) => {
          backend
            .startResolve(peerNameText(peerName), inCloud(rest), {
              endpoint: (endpoint) => endpoints.push(endpoint),
              hop: (hop) => deliver(hop, onHop),
              end: (end, error) => (error === undefined ? resolve({ endpoints, ...end }) : reject(error)),
            })
            .then((resolution) => {
              // Settles the call itself too: as long as it is open, it counts as one that somebody waits for.
              cancel = () => resolution.end().then(() => reject(signal?.reason), reject);
              if (signal?.aborted) cancel();
            }, reject);
        }),
    );
    return abortable(result, signal, undefined, () => cancel?.());
  }

  /**
   * Looks a name up and yields each endpoint as it is found. Leaving the loop ends the search. The same errors as
   * `resolve`.
   * @win32 PeerPnrpStartResolve, PeerPnrpGetEndpoint, PeerPnrpEndResolve
   */
  async *resolveEach(
    peerName: string,
    options: ResolveOptions & Waiting & { readonly limit?: number } = {},
  ): AsyncGenerator<EndpointInfo, void, undefined> {
    const { signal, limit, ...rest } = options;
    optionalSignal(signal);
    optional('limit', limit, 'number');
    checkResolve(rest);
    signal?.throwIfAborted();
    const queue = new EventQueue<EndpointInfo>({
      ...(signal === undefined ? {} : { signal }),
      ...(limit === undefined ? {} : { limit }),
    });
    let resolution: Resolution | undefined;
    try {
      resolution = await this.#runtime.call('pnrp', 'PeerPnrpStartResolve', (backend) =>
        backend.startResolve(peerNameText(peerName), inCloud(rest), {
          endpoint: (endpoint) => queue.push(endpoint),
          hop: () => undefined,
          end: (_, error) => queue.end(error),
        }),
      );
      for (;;) {
        const next = await this.#runtime.wait('PeerPnrpGetEndpoint', () => queue.next());
        if (next.done) break;
        yield next.value;
      }
      signal?.throwIfAborted();
    } finally {
      queue.end();
      await resolution?.end();
    }
  }
}

/** A cloud kept open. Its events are `state` and `statistics`: what changed about the cloud, and about what this node holds. */
export class OpenCloud extends EventSource<CloudEvent> {
  readonly #runtime: Runtime;
  readonly #cloud: ContractCloud;

  /** @internal */
  constructor(runtime: Runtime, cloud: ContractCloud) {
    super(runtime, (sink) => cloud.subscribe(sink));
    this.#runtime = runtime;
    this.#cloud = cloud;
  }

  get cloud(): string {
    return this.#cloud.cloud;
  }

  /** Where this node listens. */
  get addresses(): readonly PnrpAddress[] {
    return this.#cloud.addresses;
  }

  /** Resolves when the first discovery ended: `active` where another node is known, else `alone`. */
  async joined({ signal }: Waiting = {}): Promise<CloudState> {
    optionalSignal(signal);
    return abortable(
      this.#runtime.wait('PnrpOpenCloud', () => this.#cloud.joined()),
      signal,
    );
  }

  /** Listeners hear nothing more. The cloud itself closes when nobody has it open any more. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#runtime.end(() => this.#cloud.close());
    this.endEvents();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A registered name. It ends with `unregister`, or with its platform. */
export class Registration {
  readonly #runtime: Runtime;
  readonly #registration: ContractRegistration;
  #unregistering: Promise<void> | undefined;

  /** @internal */
  constructor(runtime: Runtime, registration: ContractRegistration) {
    this.#runtime = runtime;
    this.#registration = registration;
  }

  get peerName(): string {
    return this.#registration.peerName;
  }

  /** Where it is registered: PNRP ID and own addresses, a cloud. */
  get clouds(): ContractRegistration['clouds'] {
    return this.#registration.clouds;
  }

  /**
   * Changes addresses, port, comment or payload. `E_INVALIDARG` for another cloud or another number of addresses, and
   * after the end.
   * @win32 PeerPnrpUpdateRegistration
   */
  async update(info: RegistrationInfo): Promise<void> {
    checkInfo(info);
    await this.#runtime.wait('PeerPnrpUpdateRegistration', () => this.#registration.update(inCloud(info)));
  }

  /**
   * Takes the name back and tells the neighbours. A second call is `E_INVALIDARG`.
   * @win32 PeerPnrpUnregister, PeerPnrpShutdown
   */
  unregister(): Promise<void> {
    const unregistered = this.#runtime.wait('PeerPnrpUnregister', () => this.#registration.unregister());
    this.#unregistering ??= unregistered;
    return unregistered;
  }

  /** Unregisters where that has not been done, and waits for it where it is being done. Closing twice is fine. */
  close(): Promise<void> {
    // Whoever unregistered has been told what came of it.
    return this.#runtime.end(() => this.#unregistering?.catch(() => undefined) ?? this.unregister());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function checkInfo(info: RegistrationInfo): void {
  if (typeof info !== 'object' || info === null) throw invalidArgType('info', 'an object', info);
  for (const key of ['cloud', 'identity', 'comment'] as const) optional(key, info[key], 'string');
  optional('port', info.port, 'number');
  addresses('addresses', info.addresses);
  if (info.payload !== undefined && !(info.payload instanceof Uint8Array)) {
    throw invalidArgType('payload', 'a Uint8Array', info.payload);
  }
}

function checkResolve(options: ResolveOptions): void {
  for (const key of ['cloud', 'criteria', 'hint'] as const) optional(key, options[key], 'string');
  for (const key of ['max', 'timeoutMs'] as const) optional(key, options[key], 'number');
}

import type { AreaName, AreaStats, Backends } from './backend/contract/backend.js';
import type { DoctorCheck } from './backend/contract/doctor.js';
import type { Host } from './backend/contract/host.js';
import type { NamesBackend } from './backend/contract/names.js';
import { type LastUsed, lastUsed, remember } from './backend/last-used.js';
import {
  AREAS,
  chooseReadings,
  createHost,
  createNames,
  diagnose,
  homeLastUsed,
  parseWishes,
  type ReadingId,
  type Selection,
  type StartedArea,
  select,
  serviceSelections,
  start,
  withChange,
} from './backend/select.js';
import { Collaboration } from './collaboration.js';
import { Distribution } from './distribution/index.js';
import { DistributedRoutingTable } from './drt.js';
import { invalidArgType, PeerError } from './errors.js';
import { Graphing } from './graphing.js';
import { Grouping } from './grouping.js';
import { IdentityManager } from './identity.js';
import { Names } from './names.js';
import { Pnrp } from './pnrp.js';
import type { Runtime } from './runtime.js';
import { Winsock } from './winsock.js';

export interface PlatformOptions {
  /** `auto` (default, or `WINPEER_BACKEND`), `native`, `fallback`, or a list such as `pnrp=fallback,identity=native`. */
  readonly backend?: string;
  /** Folder of identities, databases and caches; default `WINPEER_HOME` unless empty, else the user's data folder. */
  readonly home?: string;
  /** The ports to run on; default this machine's. */
  readonly host?: Host;
  /** Chosen candidates of unsettled readings, by id; see docs/readings.md. */
  readonly readings?: Readonly<Record<string, string>>;
}

export interface BackendReport {
  /** Operating system, processor and Node.js version. */
  readonly platform: string;
  readonly areas: readonly Selection[];
}

export interface CloseOptions {
  /** Leaves without telling anybody, as a crash would; default false. */
  readonly abrupt?: boolean;
}

/** Makes a platform. Nothing is opened, read or loaded before its first use. */
export function createPlatform(options: PlatformOptions = {}): Platform {
  const platform = new Platform(options);
  parseWishes(backendsAskedFor(options));
  return platform;
}

function backendsAskedFor({ backend }: PlatformOptions): string {
  return backend ?? (process.env.WINPEER_BACKEND || 'auto');
}

/**
 * Owns every piece of state: the selection of backends, the home folder, sockets, nodes, caches and subscriptions.
 * What Windows promises a process, winpeer promises a platform.
 */
export class Platform {
  readonly #areas: Areas;
  #identity: IdentityManager | undefined;
  #names: Names | undefined;
  #pnrp: Pnrp | undefined;
  #winsock: Winsock | undefined;
  #graphing: Graphing | undefined;
  #grouping: Grouping | undefined;
  #collaboration: Collaboration | undefined;
  #drt: DistributedRoutingTable | undefined;
  #distribution: Distribution | undefined;

  constructor(options: PlatformOptions) {
    this.#areas = new Areas(options);
  }

  get identity(): IdentityManager {
    this.#identity ??= new IdentityManager(this.#areas);
    return this.#identity;
  }

  get names(): Names {
    this.#names ??= new Names(this.#areas);
    return this.#names;
  }

  get pnrp(): Pnrp {
    this.#pnrp ??= new Pnrp(this.#areas);
    return this.#pnrp;
  }

  get winsock(): Winsock {
    this.#winsock ??= new Winsock(this.#areas);
    return this.#winsock;
  }

  get graphing(): Graphing {
    this.#graphing ??= new Graphing(this.#areas);
    return this.#graphing;
  }

  get grouping(): Grouping {
    this.#grouping ??= new Grouping(this.#areas);
    return this.#grouping;
  }

  get collaboration(): Collaboration {
    this.#collaboration ??= new Collaboration(this.#areas);
    return this.#collaboration;
  }

  get drt(): DistributedRoutingTable {
    this.#drt ??= new DistributedRoutingTable(this.#areas);
    return this.#drt;
  }

  get distribution(): Distribution {
    this.#distribution ??= new Distribution(this.#areas);
    return this.#distribution;
  }

  /** Which backend serves each area and each of its services, and why. Starts no area. Rejects with `ERR_BACKEND_UNAVAILABLE` as the area's first use would. */
  async backends(): Promise<BackendReport> {
    return {
      platform: `${process.platform} ${process.arch}, Node.js ${process.versions.node}`,
      areas: [...(await Promise.all(AREAS.map((area) => this.#areas.report(area)))), ...serviceSelections()],
    };
  }

  /** What the protocols need of this machine, thing by thing. Opens nothing for longer than it looks. */
  doctor(): Promise<readonly DoctorCheck[]> {
    return this.#areas.doctor();
  }

  /** One JSON-safe object an area that is in use. */
  stats(): Promise<Readonly<Record<string, AreaStats>>> {
    return this.#areas.stats();
  }

  /** What is open keeps the process alive; so it is at the start. */
  ref(): void {
    this.#areas.hold(true);
  }

  /** The process may end although something is open. */
  unref(): void {
    this.#areas.hold(false);
  }

  /**
   * Unregisters, leaves and closes everything; where some of it fails, the rest is closed all the same, and it rejects with
   * the first failure. Every later call is `PEER_E_NOT_INITIALIZED`, but those of `names` and `backends()`, which need
   * nothing open.
   */
  close(options: CloseOptions = {}): Promise<void> {
    return this.#areas.close(options.abrupt ?? false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Starts areas when first used, keeps them, and closes them. */
class Areas implements Runtime {
  readonly #options: PlatformOptions;
  readonly #backends: string;
  readonly #readings: ReturnType<typeof chooseReadings>;
  readonly #selections = new Map<AreaName, Promise<Selection>>();
  readonly #started = new Map<StartedArea, Promise<Backends[StartedArea]>>();
  #host: Promise<Host> | undefined;
  #text: NamesBackend | undefined;
  /** Which backends the home was used with before this platform. */
  #lastUsed: Promise<LastUsed> | undefined;
  /** Ends the calls that wait when the platform closes, for what nobody will answer any more. */
  readonly #waiting = new Set<() => void>();
  #alive = true;
  #closed: Promise<void> | undefined;

  constructor(options: PlatformOptions) {
    for (const key of ['home', 'backend'] as const) {
      const value: unknown = options[key];
      if (value !== undefined && typeof value !== 'string') throw invalidArgType(key, 'a string', value);
    }
    if (options.home === '') throw new PeerError('E_INVALIDARG', 'createPlatform', 'the home is empty');
    this.#options = options;
    this.#backends = backendsAskedFor(options);
    this.#readings = chooseReadings(options.readings ?? {});
  }

  selection(area: AreaName): Promise<Selection> {
    const known = this.#selections.get(area);
    if (known !== undefined) return known;
    const selected = select(area, parseWishes(this.#backends).get(area) ?? 'auto');
    this.#selections.set(area, selected);
    // What is missing now may be there when it is asked for again.
    selected.catch(() => this.#selections.delete(area));
    return selected;
  }

  async report(area: AreaName): Promise<Selection> {
    const selection = await this.selection(area);
    return withChange(selection, await this.#knownUse());
  }

  names(): NamesBackend {
    this.#text ??= createNames(this.#readings, parseWishes(this.#backends).get('names') ?? 'auto');
    return this.#text;
  }

  reading(id: ReadingId): string {
    return this.#readings.get(id);
  }

  async call<A extends AreaName, T>(area: A, operation: string, use: (backend: Backends[A]) => Promise<T>): Promise<T> {
    const host = await this.#getHost(operation);
    this.#checkOpen(operation);
    return host.awaited(this.#untilClosed(operation, this.#start(area, host).then(use)));
  }

  async wait<T>(operation: string, use: () => Promise<T>): Promise<T> {
    const host = await this.#getHost(operation);
    this.#checkOpen(operation);
    return host.awaited(this.#untilClosed(operation, use()));
  }

  async end(use: () => Promise<void>): Promise<void> {
    // Whoever closed the platform is told what came of that.
    await (this.#closed?.catch(() => undefined) ?? this.wait('close', use));
  }

  async doctor(): Promise<readonly DoctorCheck[]> {
    return diagnose(await this.#getHost('doctor'), this.#options.home);
  }

  async stats(): Promise<Record<string, AreaStats>> {
    this.#checkOpen('stats');
    const rows = [...this.#started].map(async ([area, backend]) => [area, await (await backend).stats()] as const);
    return Object.fromEntries(await Promise.all(rows));
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    for (const backend of this.#started.values()) {
      backend.then((it) => it.hold(alive)).catch(() => undefined);
    }
  }

  close(abrupt: boolean): Promise<void> {
    this.#closed ??= this.#closeAll(abrupt);
    return this.#closed;
  }

  async #closeAll(abrupt: boolean): Promise<void> {
    for (const end of this.#waiting) end();
    const host = await this.#host;
    if (host === undefined) return;
    const failures: unknown[] = [];
    // An area may use those before it in AREAS while it closes.
    for (const area of [...AREAS].reverse()) {
      if (area === 'names') continue;
      const backend = await this.#started.get(area)?.catch(() => undefined);
      try {
        await host.awaited(Promise.resolve(backend?.close({ abrupt })));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #knownUse(): Promise<LastUsed> {
    const { host, home } = this.#options;
    this.#lastUsed ??= host === undefined ? homeLastUsed(home) : lastUsed(host.store);
    return this.#lastUsed;
  }

  #untilClosed<T>(operation: string, call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void =>
        reject(new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform was closed meanwhile'));
      this.#waiting.add(end);
      call.then(resolve, reject).finally(() => this.#waiting.delete(end));
    });
  }

  #checkOpen(operation: string): void {
    if (this.#closed !== undefined) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform is closed');
  }

  async #getHost(operation: string): Promise<Host> {
    this.#checkOpen(operation);
    this.#host ??=
      this.#options.host === undefined ? createHost(this.#options.home) : Promise.resolve(this.#options.host);
    return this.#host;
  }

  #start<A extends AreaName>(area: A, host: Host): Promise<Backends[A]> {
    if (area === 'names') return Promise.resolve(this.names() as Backends[A]);
    return this.#startBackend(area as StartedArea, host) as Promise<Backends[A]>;
  }

  #startBackend(area: StartedArea, host: Host): Promise<Backends[StartedArea]> {
    const known = this.#started.get(area);
    if (known !== undefined) return known;
    const context: Parameters<typeof start>[2] = {
      host,
      readings: this.#readings,
      area: (name) => this.#start(name, host),
    };
    const backend = Promise.resolve()
      .then(() => this.selection(area))
      .then(async ({ backend }) => {
        const started = await start(area, backend, context);
        await remember(host.store, area, backend, await this.#knownUse());
        return started;
      });
    this.#started.set(area, backend);
    backend.then(
      (it) => it.hold(this.#alive),
      // A start that failed may succeed later: the home may have been mended.
      () => this.#started.delete(area),
    );
    return backend;
  }
}

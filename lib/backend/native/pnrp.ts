import { isPeerError, PeerError } from '../../errors.js';
import type { AreaContext } from '../contract/backend.js';
import type { Subscription } from '../contract/events.js';
import type { PeerNameParts } from '../contract/names.js';
import type {
  CloudInfo,
  OpenCloud,
  PnrpBackend,
  PnrpScope,
  Publication,
  Registration,
  RegistrationInfo,
  Resolution,
  ResolveOptions,
  ResolveSink,
} from '../contract/pnrp.js';
import type { Addon, PnrpCalls, PnrpSession } from './addon.js';
import { windows } from './calls.js';
import { NativeRegistration, registrationInfo } from './pnrp-registration.js';
import { checkResolve, NativeResolution } from './pnrp-resolution.js';
import { missing, type Refusal, refused } from './probe.js';
import { type Ipv6Text, SocketAddresses } from './socket-addresses.js';

const DLL = 'p2p.dll';

const EXPORTS: readonly string[] = [
  'PeerFreeData',
  'PeerPnrpStartup',
  'PeerPnrpShutdown',
  'PeerPnrpRegister',
  'PeerPnrpUpdateRegistration',
  'PeerPnrpUnregister',
  'PeerPnrpStartResolve',
  'PeerPnrpGetCloudInfo',
  'PeerPnrpGetEndpoint',
  'PeerPnrpEndResolve',
];

/** PNRP_VERSION: MAKEWORD(2, 0). */
const VERSION = 2;

/** PNRP_SCOPE. */
const SCOPES: Readonly<Record<number, PnrpScope>> = { 1: 'global', 2: 'site-local', 3: 'link-local' };

/** Why Windows can't serve PNRP here; `undefined` where it can. */
export async function probePnrp(addon: Addon & PnrpCalls): Promise<Refusal | undefined> {
  const lacking = missing(addon, DLL, EXPORTS);
  if (lacking !== undefined) return lacking;
  try {
    await windows(async () => addon.PeerPnrpShutdown(await addon.PeerPnrpStartup(VERSION)));
    return undefined;
  } catch (error) {
    return refused(error);
  }
}

export async function startNativePnrp(
  addon: Addon & PnrpCalls,
  context: AreaContext,
  ipv6: Ipv6Text,
): Promise<PnrpBackend> {
  return new NativePnrp(addon, context, ipv6, await windows(() => addon.PeerPnrpStartup(VERSION)));
}

/** What is registered or searched for. */
interface Opened {
  readonly over: boolean;
  end(): Promise<void>;
}

/** Windows' PNRP, whose service has the clouds open for the whole machine. */
class NativePnrp implements PnrpBackend {
  readonly #addon: Addon & PnrpCalls;
  readonly #context: AreaContext;
  readonly #addresses: SocketAddresses;
  readonly #session: PnrpSession;
  readonly #opening = new Set<Promise<Opened>>();
  readonly #opened = new Set<Opened>();
  #alive = true;
  #holding = false;
  #closed = false;
  #registered = 0;
  #resolved = 0;

  constructor(addon: Addon & PnrpCalls, context: AreaContext, ipv6: Ipv6Text, session: PnrpSession) {
    this.#addon = addon;
    this.#context = context;
    this.#addresses = new SocketAddresses(context.host.interfaces, ipv6);
    this.#session = session;
  }

  async clouds(): Promise<readonly CloudInfo[]> {
    this.#checkOpen('PeerPnrpGetCloudInfo');
    const clouds = await windows(() => this.#addon.PeerPnrpGetCloudInfo());
    return clouds.flatMap(({ name, scope: number, scopeId }) => {
      const scope = SCOPES[number];
      return scope === undefined ? [] : [{ name, scope, scopeId }];
    });
  }

  async watchClouds(): Promise<Subscription> {
    throw new PeerError('E_NOTIMPL', 'WSALookupServiceBeginW', 'Windows tells of its clouds through Winsock alone');
  }

  async open(): Promise<OpenCloud> {
    throw new PeerError('E_NOTIMPL', 'PnrpOpenCloud', 'the service of Windows opens its clouds by itself');
  }

  async publish(): Promise<Publication> {
    throw new PeerError('E_NOTIMPL', 'WSASetServiceW', 'Windows publishes such names through Winsock alone');
  }

  async register(peerName: string, info: RegistrationInfo): Promise<Registration> {
    const operation = 'PeerPnrpRegister';
    this.#checkOpen(operation);
    const parts = await this.#parse(peerName, operation);
    const what = registrationInfo(info, this.#addresses, operation);
    const identity = what.publishingIdentity ?? (await this.#owner(parts, peerName));
    this.#checkOpen(operation);
    // Where nothing is said, null says it: all clouds, and automatic addresses.
    const silent = identity === null && Object.values(info).every((it) => it === undefined);
    const registration = await this.#open(
      async () =>
        new NativeRegistration({
          addon: this.#addon,
          addresses: this.#addresses,
          handle: await this.#addon.PeerPnrpRegister(
            this.#session,
            peerName,
            silent ? null : { ...what, publishingIdentity: identity },
          ),
          peerName,
          identity,
          ended: (it) => this.#forget(it),
        }),
    );
    this.#registered++;
    return registration;
  }

  async startResolve(peerName: string, options: ResolveOptions, sink: ResolveSink): Promise<Resolution> {
    const operation = 'PeerPnrpStartResolve';
    this.#checkOpen(operation);
    await this.#parse(peerName, operation);
    checkResolve(options, operation);
    this.#checkOpen(operation);
    const resolution = new NativeResolution({
      addon: this.#addon,
      addresses: this.#addresses,
      clock: this.#context.host.clock,
      options,
      sink,
      ended: (it) => this.#forget(it),
    });
    await this.#open(async () => {
      await resolution.start(this.#session, peerName);
      return resolution;
    });
    this.#resolved++;
    return resolution;
  }

  async stats() {
    return { version: 1, clouds: [], open: this.#opened.size, registered: this.#registered, resolved: this.#resolved };
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    this.#hold();
  }

  /** `abrupt` or not: names of this process that Windows would keep registered would find nobody. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#opening);
    const ended = await Promise.allSettled([...this.#opened].map((it) => it.end()));
    await windows(() => this.#addon.PeerPnrpShutdown(this.#session));
    const failed = ended.find((it) => it.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Shutdown waits for what is about to be open, and ends what is. */
  async #open<T extends Opened>(begin: () => Promise<T>): Promise<T> {
    const opening = windows(begin).then((it) => {
      if (!it.over) this.#opened.add(it);
      return it;
    });
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
      this.#hold();
    }
  }

  #forget(it: Opened): void {
    this.#opened.delete(it);
    this.#hold();
  }

  #hold(): void {
    const holding = this.#alive && this.#opened.size > 0;
    if (holding !== this.#holding) this.#addon.hold(holding);
    this.#holding = holding;
  }

  async #parse(peerName: string, operation: string): Promise<PeerNameParts> {
    const names = await this.#context.area('names');
    try {
      return names.parse(peerName);
    } catch (error) {
      throw isPeerError(error) ? error.as('PEER_E_INVALID_PEER_NAME', operation) : error;
    }
  }

  /** Windows demands an identity for a secure name: its owner, if it is one of this user's. */
  async #owner({ authority, secure }: PeerNameParts, peerName: string): Promise<string | null> {
    if (!secure) return null;
    const names = await this.#context.area('names');
    const known = await (await this.#context.area('identity')).enumerate();
    const owner = known.find((it) => names.parse(it.peerName).authority === authority);
    if (owner !== undefined) return owner.peerName;
    const why = `no identity of this user owns ${peerName}`;
    throw new PeerError('PEER_E_IDENTITY_NOT_FOUND', 'PeerPnrpRegister', why);
  }

  #checkOpen(operation: string): void {
    if (this.#closed) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform has been closed');
  }
}

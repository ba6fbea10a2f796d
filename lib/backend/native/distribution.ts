import { isPeerError, PeerError } from '../../errors.js';
import type { AreaLifetime } from '../contract/backend.js';
import type {
  Content,
  ContentInformation,
  ContentInformationOptions,
  ContentOptions,
  DistributionBackend,
  DistributionEvent,
  DistributionStatus,
  DistributionStatusInfo,
  PublicationStream,
  PublishOptions,
  RestoreOptions,
} from '../contract/distribution.js';
import type { DistributionServices } from '../contract/distribution-services.js';
import type { EventSink, Subscription } from '../contract/events.js';
import type { Addon } from './addon.js';
import type { DistributionCalls, PeerDistInstance } from './distribution-calls.js';
import { NativeContent } from './distribution-client.js';
import { checkTag, checkUlonglong, distributionCalls } from './distribution-errors.js';
import type { DistributionObject } from './distribution-object.js';
import { VERSION } from './distribution-probe.js';
import { NativeContentInformation, NativePublicationStream } from './distribution-server.js';
import { StatusWatch, statusInfoOf, statusOf } from './distribution-status.js';

/** PEERDIST_RETRIEVAL_OPTIONS_CONTENTINFO_VERSION_1 and _2. */
const MIN_VERSION = 1;
const MAX_VERSION = 2;

/** What Windows has no functions for, of the fallback. */
export type StartServices = () => Promise<DistributionServices & AreaLifetime>;

export async function startNativeDistribution(
  addon: Addon & DistributionCalls,
  startServices: StartServices,
): Promise<DistributionBackend> {
  const { instance } = await distributionCalls(() => addon.PeerDistStartup(VERSION));
  return new NativeDistribution(addon, startServices, instance);
}

/** BranchCache of Windows, whose service keeps what is cached for the whole machine. */
class NativeDistribution implements DistributionBackend {
  readonly #addon: Addon & DistributionCalls;
  readonly #startServices: StartServices;
  readonly #instance: PeerDistInstance;
  readonly #status: StatusWatch;
  readonly #opening = new Set<Promise<unknown>>();
  readonly #opened = new Set<DistributionObject>();
  /** The objects of the server by their content's id, and what is published: it ends with the instance. */
  readonly #ids = new Map<DistributionObject, string>();
  readonly #published = new Set<string>();
  #services: Promise<DistributionServices & AreaLifetime> | undefined;
  #alive = true;
  #holding = false;
  #closed = false;

  constructor(addon: Addon & DistributionCalls, startServices: StartServices, instance: PeerDistInstance) {
    this.#addon = addon;
    this.#startServices = startServices;
    this.#instance = instance;
    this.#status = new StatusWatch(addon, instance);
  }

  async getStatus(): Promise<DistributionStatus> {
    return statusOf(await this.#call('PeerDistGetStatus', () => this.#addon.PeerDistGetStatus(this.#instance)));
  }

  async getStatusInfo(): Promise<DistributionStatusInfo> {
    return statusInfoOf(await this.#call('PeerDistGetStatusEx', () => this.#addon.PeerDistGetStatusEx(this.#instance)));
  }

  async subscribe(sink: EventSink<DistributionEvent>): Promise<Subscription> {
    this.#checkOpen('PeerDistRegisterForStatusChangeNotificationEx');
    const subscription = await this.#status.subscribe(sink, () => this.#hold());
    this.#hold();
    return subscription;
  }

  async publishStream({ contentId, length = 0n, version = 2, secret }: PublishOptions): Promise<PublicationStream> {
    const name = 'PeerDistServerPublishStream';
    this.#checkOpen(name);
    checkUlonglong('length', length, name);
    checkSecret(secret);
    return this.#open(contentId, async () => {
      const handle = await this.#addon.PeerDistServerPublishStream(this.#instance, contentId, length, version);
      const id = idOf(contentId);
      return new NativePublicationStream(this.#parts(handle), () => void this.#published.add(id));
    });
  }

  async restorePublication({ secret }: RestoreOptions): Promise<boolean> {
    this.#checkOpen('PeerDistServerPublishStream');
    checkSecret(secret);
    return false;
  }

  async unpublish(contentId: Uint8Array): Promise<void> {
    try {
      await this.#call('PeerDistServerUnpublish', () => this.#addon.PeerDistServerUnpublish(this.#instance, contentId));
    } catch (error) {
      if (!isPeerError(error, 'PEER_E_NOT_FOUND')) throw error;
    }
    this.#published.delete(idOf(contentId));
    this.#hold();
  }

  async openContentInformation(options: ContentInformationOptions): Promise<ContentInformation> {
    const { contentId, range, minVersion, maxVersion } = options;
    const versioned = minVersion !== undefined || maxVersion !== undefined;
    const name = `PeerDistServerOpenContentInformation${versioned ? 'Ex' : ''}`;
    this.#checkOpen(name);
    // Both 0 are the whole content.
    const { offset, length } = range ?? { offset: 0n, length: 0n };
    checkUlonglong('offset', offset, name);
    checkUlonglong('length', length, name);
    return this.#open(contentId, async () => {
      const what = [this.#instance, contentId, offset, length] as const;
      const handle = versioned
        ? await this.#addon.PeerDistServerOpenContentInformationEx(
            ...what,
            minVersion ?? MIN_VERSION,
            maxVersion ?? MAX_VERSION,
          )
        : await this.#addon.PeerDistServerOpenContentInformation(...what);
      return new NativeContentInformation(this.#parts(handle));
    });
  }

  async cancelServerOperation(contentId: Uint8Array, operation: number): Promise<void> {
    const name = 'PeerDistServerCancelAsyncOperation';
    this.#checkOpen(name);
    const id = idOf(contentId);
    const going = [...this.#ids].flatMap(([it, its]) => (its === id ? [it.going(operation)] : [])).find(Boolean);
    if (going === undefined) {
      throw new PeerError('PEERDIST_ERROR_OPERATION_NOTFOUND', name, `no call goes on by the number ${operation}`);
    }
    await this.#call(name, () =>
      this.#addon.PeerDistServerCancelAsyncOperation(this.#instance, contentId, going.overlapped),
    );
    await going.over;
  }

  async checkOptions({ secret, ...options }: ContentOptions & Pick<PublishOptions, 'secret'>): Promise<void> {
    checkSecret(secret);
    checkSources(options);
  }

  async openContent(tag: Uint8Array, options: ContentOptions = {}): Promise<Content> {
    const name = 'PeerDistClientOpenContent';
    this.#checkOpen(name);
    checkTag(tag, name);
    checkSources(options);
    return this.#open(
      undefined,
      async () => new NativeContent(this.#parts(await this.#addon.PeerDistClientOpenContent(this.#instance, tag))),
    );
  }

  async flushContent(tag: Uint8Array): Promise<void> {
    const name = 'PeerDistClientFlushContent';
    checkTag(tag, name);
    await this.#call(name, () => this.#addon.PeerDistClientFlushContent(this.#instance, tag, this.#addon.overlapped()));
  }

  async services(): Promise<DistributionServices> {
    this.#checkOpen('services');
    this.#services ??= this.#startServices();
    try {
      const services = await this.#services;
      services.hold(this.#alive);
      return services;
    } catch (error) {
      this.#services = undefined;
      throw error;
    }
  }

  async stats() {
    return { version: 1, published: this.#published.size, open: this.#opened.size };
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    this.#hold();
    this.#services?.then((it) => it.hold(alive)).catch(() => undefined);
  }

  async close(options: { readonly abrupt: boolean }): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#opening);
    const ended = await Promise.allSettled([
      ...[...this.#opened].map((it) => it.close()),
      this.#status.close(),
      this.#services?.then((it) => it.close(options)),
    ]);
    this.#published.clear();
    this.#hold();
    await distributionCalls(() => this.#addon.PeerDistShutdown(this.#instance));
    const failed = ended.find((it) => it.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #parts<H>(handle: H) {
    const closed = (object: DistributionObject): void => {
      this.#opened.delete(object);
      this.#ids.delete(object);
      this.#hold();
    };
    return { addon: this.#addon, handle, closed };
  }

  /** Shutdown waits for what is about to be open, and ends what is. */
  async #open<T extends DistributionObject>(contentId: Uint8Array | undefined, begin: () => Promise<T>): Promise<T> {
    const opening = distributionCalls(begin).then((object) => {
      this.#opened.add(object);
      if (contentId !== undefined) this.#ids.set(object, idOf(contentId));
      return object;
    });
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
      this.#hold();
    }
  }

  async #call<T>(name: string, call: () => Promise<T>): Promise<T> {
    this.#checkOpen(name);
    return distributionCalls(call);
  }

  /** Contents that are published are so for as long as the instance is there. */
  #hold(): void {
    const open = this.#opened.size + this.#published.size + this.#status.size;
    const holding = this.#alive && open > 0 && !this.#closed;
    if (holding !== this.#holding) this.#addon.hold(holding);
    this.#holding = holding;
  }

  #checkOpen(operation: string): void {
    if (this.#closed) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform has been closed');
  }
}

function idOf(contentId: Uint8Array): string {
  return Buffer.from(contentId).toString('hex');
}

function checkSecret(secret: PublishOptions['secret']): void {
  if (secret === undefined) return;
  const why = 'the secret is the machine’s: Set-BCSecretKey, or netsh branchcache set key, sets it';
  throw unsupported('PeerDistServerPublishStream', why);
}

function checkSources(options: ContentOptions): void {
  if (Object.values(options).every((it) => it === undefined)) return;
  const who = 'Enable-BCDistributed and Enable-BCHostedClient set it';
  throw unsupported('PeerDistClientOpenContent', `where contents come from is set for the machine: ${who}`);
}

function unsupported(operation: string, why: string): PeerError {
  return new PeerError('ERROR_NOT_SUPPORTED', operation, why);
}

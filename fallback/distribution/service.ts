import type { AreaStats } from '../../lib/backend/contract/backend.js';
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
} from '../../lib/backend/contract/distribution.js';
import type { DistributionServices } from '../../lib/backend/contract/distribution-services.js';
import type { EventSink, Subscription } from '../../lib/backend/contract/events.js';
import { PeerError } from '../../lib/errors.js';
import type { FallbackContext } from '../context.js';
import { tagText } from './checks.js';
import { Contents, placeOf } from './content/contents.js';
import { Offers } from './offers.js';
import { KeptPublications } from './publication/kept-publications.js';
import { Publications } from './publication/publications.js';
import { ServiceStatus } from './service-status.js';
import { Services } from './services.js';

/** Peer distribution in this process: what Windows does in its BranchCache service. */
export class DistributionService implements DistributionBackend {
  readonly #services: Services;
  readonly #status = new ServiceStatus();
  readonly #publications: Publications;
  readonly #offers: Offers;
  readonly #contents: Contents;
  #closed = false;

  constructor(context: FallbackContext) {
    const { host, readings } = context;
    this.#services = new Services(context, (reached) => this.#status.set(reached ? 'available' : 'unavailable'));
    const { hashing, secret, cache, discovery, log } = this.#services;
    const kept = new KeptPublications(host.store, host.clock);
    this.#publications = new Publications({ readings, hashing, secret, kept, log });
    this.#offers = new Offers({ context, log, cache });
    this.#contents = new Contents({ host, readings, log, cache, discovery, offers: this.#offers });
  }

  async getStatus(): Promise<DistributionStatus> {
    return (await this.getStatusInfo()).status;
  }

  async getStatusInfo(): Promise<DistributionStatusInfo> {
    this.#checkOpen('PeerDistGetStatusEx');
    await this.#services.secret.isThere();
    return this.#status.info;
  }

  async subscribe(sink: EventSink<DistributionEvent>): Promise<Subscription> {
    await this.getStatusInfo();
    return this.#status.subscribe(sink);
  }

  async publishStream(options: PublishOptions): Promise<PublicationStream> {
    this.#checkOpen('PeerDistServerPublishStream');
    return this.#publications.publish(options);
  }

  async restorePublication(options: RestoreOptions): Promise<boolean> {
    this.#checkOpen('PeerDistServerPublishStream');
    return this.#publications.restore(options);
  }

  async unpublish(contentId: Uint8Array): Promise<void> {
    this.#checkOpen('PeerDistServerUnpublish');
    await this.#publications.unpublish(contentId);
  }

  async openContentInformation(options: ContentInformationOptions): Promise<ContentInformation> {
    this.#checkOpen('PeerDistServerOpenContentInformation');
    return this.#publications.open(options);
  }

  async cancelServerOperation(contentId: Uint8Array, operation: number): Promise<void> {
    this.#checkOpen('PeerDistServerCancelAsyncOperation');
    await this.#publications.cancel(contentId, operation);
  }

  async checkOptions(options: ContentOptions): Promise<void> {
    this.#checkOpen('PeerDistClientOpenContent');
    placeOf(options);
  }

  async openContent(tag: Uint8Array, options: ContentOptions = {}): Promise<Content> {
    this.#checkOpen('PeerDistClientOpenContent');
    return this.#contents.open(tag, options);
  }

  async flushContent(tag: Uint8Array): Promise<void> {
    const operation = 'PeerDistClientFlushContent';
    this.#checkOpen(operation);
    const name = tagText(tag, operation);
    await this.#services.cache.use(operation, (cache) => cache.flush(name));
  }

  async services(): Promise<DistributionServices> {
    this.#checkOpen('services');
    return this.#services;
  }

  async stats(): Promise<AreaStats> {
    const [services, offers] = [await this.#services.stats(), await this.#offers.stats()];
    return { ...services, publications: this.#publications.count, ...this.#contents.stats(), ...offers };
  }

  hold(alive: boolean): void {
    this.#offers.hold(alive);
    this.#services.hold(alive);
  }

  async close(options: { readonly abrupt: boolean }): Promise<void> {
    this.#closed = true;
    this.#status.close();
    await Promise.all([this.#publications.close(), this.#contents.close()]);
    await this.#offers.close(options);
    await this.#services.close(options);
  }

  #checkOpen(operation: string): void {
    if (this.#closed) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'peer distribution is closed');
  }
}

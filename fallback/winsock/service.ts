import type { AreaStats } from '../../lib/backend/contract/backend.js';
import type { Host, Timer } from '../../lib/backend/contract/host.js';
import type { NamesBackend } from '../../lib/backend/contract/names.js';
import type { PnrpBackend, PnrpScope, Publication } from '../../lib/backend/contract/pnrp.js';
import type {
  CloudResult,
  Lookup,
  NameQuery,
  NameResult,
  PnrpService,
  WinsockBackend,
} from '../../lib/backend/contract/winsock.js';
import { PeerError } from '../../lib/errors.js';
import { CloudResults } from './cloud-results.js';
import { invalid, reporting, type WinsockOperation } from './codes.js';
import { NameResults } from './name-results.js';
import { OpenLookup } from './open-lookup.js';
import { checkScope, cloudOf, identifying, lifetimeOf, publicationOf, resolveOptionsOf } from './query-set.js';

/** A name that was registered by Winsock. */
interface Published {
  readonly publication: Publication;
  /** What a deletion must say too. */
  readonly said: string;
  readonly stopRefreshing: () => void;
}

/** The PNRP name space of Winsock, on the nodes of the platform's PNRP. */
export class WinsockService implements WinsockBackend {
  readonly #host: Host;
  readonly #pnrp: PnrpBackend;
  readonly #names: NamesBackend;
  /** By cloud and name. */
  readonly #published = new Map<string, Published>();
  /** The last call on each name that is not done, by the same. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #lookups = new Set<OpenLookup<unknown>>();
  #closed = false;

  constructor(host: Host, pnrp: PnrpBackend, names: NamesBackend) {
    this.#host = host;
    this.#pnrp = pnrp;
    this.#names = names;
  }

  registerService(service: PnrpService): Promise<void> {
    const operation = 'WSASetServiceW';
    return reporting(operation, async () => {
      this.#checkOpen(operation);
      const key = this.#keyOf(service);
      const info = publicationOf(service, operation);
      const lifetime = lifetimeOf(service, operation);
      const said = identifying(service);
      await this.#inTurn(key, async () => {
        await this.#checkCloud(info.cloud, operation);
        const known = this.#published.get(key);
        if (known !== undefined) await known.publication.replace(info);
        const publication = known?.publication ?? (await this.#pnrp.publish(service.peerName, info));
        known?.stopRefreshing();
        const stopRefreshing = this.#refresh(publication, info.cloud, lifetime);
        this.#published.set(key, { publication, said, stopRefreshing });
        // What closed the area meanwhile has not seen this one.
        if (this.#closed) stopRefreshing();
      });
    });
  }

  deleteService(service: PnrpService): Promise<void> {
    const operation = 'WSASetServiceW';
    return reporting(operation, async () => {
      this.#checkOpen(operation);
      const key = this.#keyOf(service);
      const said = identifying(service);
      await this.#inTurn(key, async () => {
        const known = this.#published.get(key);
        if (known === undefined) {
          const why = `${service.peerName} is not registered in ${cloudOf(service)} by this platform`;
          throw new PeerError('WSASERVICE_NOT_FOUND', operation, why);
        }
        if (said !== known.said) {
          throw invalid(operation, 'all but the addresses must be what the name was registered with');
        }
        this.#published.delete(key);
        known.stopRefreshing();
        await known.publication.unregister();
      });
    });
  }

  lookupName(query: NameQuery): Promise<Lookup<NameResult>> {
    const operation = 'WSALookupServiceBeginW';
    return reporting(operation, async () => {
      this.#checkOpen(operation);
      const options = resolveOptionsOf(query, operation);
      await this.#checkCloud(options.cloud, operation);
      const results = new NameResults(query, () => lookup.wake());
      const lookup = new OpenLookup(results, () => this.#lookups.delete(lookup));
      results.resolution = await this.#pnrp.startResolve(query.peerName, options, results);
      return this.#begun(lookup, operation);
    });
  }

  lookupClouds({ scope }: { readonly scope?: PnrpScope }): Promise<Lookup<CloudResult>> {
    const operation = 'WSALookupServiceBeginW';
    return reporting(operation, async () => {
      this.#checkOpen(operation);
      checkScope(scope, operation);
      const results = new CloudResults(this.#pnrp, scope, () => lookup.wake());
      const lookup = new OpenLookup(results, () => this.#lookups.delete(lookup));
      await results.begin();
      return this.#begun(lookup, operation);
    });
  }

  async stats(): Promise<AreaStats> {
    return { version: 1, names: this.#published.size, lookups: this.#lookups.size };
  }

  hold(): void {
    // What this area has open is PNRP's, which holds it.
  }

  /** The names end with their nodes, which PNRP closes. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { stopRefreshing } of this.#published.values()) stopRefreshing();
    await Promise.all([...this.#lookups].map((it) => it.end()));
  }

  async #begun<Result>(lookup: OpenLookup<Result>, operation: WinsockOperation): Promise<Lookup<Result>> {
    if (this.#closed) await lookup.end();
    this.#checkOpen(operation);
    this.#lookups.add(lookup);
    return lookup;
  }

  /** PNRP knows names for several clouds at once; Winsock, for one alone. */
  async #checkCloud(cloud: string, operation: WinsockOperation): Promise<void> {
    if ((await this.#pnrp.clouds()).some(({ name }) => name === cloud)) return;
    throw new PeerError('WSA_PNRP_CLOUD_NOT_FOUND', operation, `this machine has no cloud called ${cloud}`);
  }

  #keyOf(service: PnrpService): string {
    const { authority, classifier } = this.#names.parse(service.peerName);
    return `${cloudOf(service)} ${authority}.${classifier}`;
  }

  /** Calls on one name take effect one after the other, as they came. */
  #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#turns.set(key, turn);
    const done = (): void => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    };
    turn.then(done, done);
    return turn;
  }

  /** Publishes anew each time that the lifetime is over, until what it returns is called. */
  #refresh(publication: Publication, cloud: string, lifetime: number): () => void {
    const start = (): Timer =>
      this.#host.clock.after(1000 * lifetime, () => {
        timer = start();
        publication.refresh().catch((error: unknown) => this.#host.trace('pnrp', 'error', () => ({ cloud, error })));
      });
    let timer = start();
    return () => timer.cancel();
  }

  #checkOpen(operation: WinsockOperation): void {
    if (this.#closed) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform is closed');
  }
}

import type { AreaStats } from '../../lib/backend/contract/backend.js';
import type { EventSink, Subscription } from '../../lib/backend/contract/events.js';
import type { InterfaceWatch } from '../../lib/backend/contract/host.js';
import type { IdentityBackend, Signer } from '../../lib/backend/contract/identity.js';
import type { NamesBackend } from '../../lib/backend/contract/names.js';
import type {
  CloudEvent,
  CloudInfo,
  CloudOpenOptions,
  OpenCloud,
  PnrpAddress,
  PnrpBackend,
  Publication,
  PublicationInfo,
  Resolution,
  ResolveOptions,
  ResolveSink,
} from '../../lib/backend/contract/pnrp.js';
import { PeerError } from '../../lib/errors.js';
import type { FallbackContext } from '../context.js';
import { parsePeerName } from '../names/peer-name.js';
import { Ssdp } from '../ssdp/ssdp.js';
import { Cloud, type CloudSurroundings } from './cloud.js';
import { ALL_LINK_CLOUDS, type CloudPlace, checkInCloud, cloudPlaces, GLOBAL_CLOUD, noAddress } from './clouds.js';
import { PUBLIC_KEY_LENGTH } from './constants.js';
import { KnownNodes } from './known-nodes.js';
import { checkAddress, checkListen } from './listening.js';
import { checkRegistration, copyOf, type NameInfo, NameRegistration, signerName } from './registration.js';
import { checkResolve, NameResolution } from './resolution.js';

/** How an opener wants the cloud. */
interface Given {
  readonly listen?: CloudOpenOptions['listen'] | undefined;
  readonly seeds?: readonly PnrpAddress[];
  readonly sink?: EventSink<CloudEvent> | undefined;
}

/** PNRP on this machine: one node a cloud, shared by everything that the platform registers and resolves. */
export class PnrpService implements PnrpBackend {
  readonly #context: FallbackContext;
  readonly #names: NamesBackend;
  readonly #surroundings: CloudSurroundings;
  /** By `keyOf` its place. */
  readonly #clouds = new Map<string, { readonly place: CloudPlace; readonly opening: Promise<Cloud> }>();
  /** By `keyOf` the place and name. */
  readonly #registered = new Map<string, NameRegistration>();
  readonly #resolutions = new Set<NameResolution>();
  readonly #cloudSinks = new Set<EventSink<void>>();
  #watching: InterfaceWatch | undefined;
  #alive = true;
  #closed = false;

  constructor(context: FallbackContext, names: NamesBackend) {
    const { host, readings } = context;
    this.#context = context;
    this.#names = names;
    this.#surroundings = { host, readings, ssdp: new Ssdp(host), knownNodes: new KnownNodes(host.store) };
  }

  async clouds(): Promise<readonly CloudInfo[]> {
    this.#checkOpen('PeerPnrpGetCloudInfo');
    return Promise.all(
      this.#machinePlaces().map(async (place) => {
        const { name, scope, scopeId, addresses } = place;
        const open = await this.#opened(place);
        return { name, scope, scopeId, state: open?.state ?? (addresses.length > 0 ? 'virtual' : 'no-net') };
      }),
    );
  }

  async watchClouds(sink: EventSink<void>): Promise<Subscription> {
    this.#checkOpen('WSALookupServiceBeginW');
    this.#watch();
    const own = (): void => sink();
    this.#cloudSinks.add(own);
    this.#holdWatch();
    return {
      close: async () => {
        this.#cloudSinks.delete(own);
        this.#holdWatch();
      },
    };
  }

  async open(
    { cloud = GLOBAL_CLOUD, listen, seeds = [] }: CloudOpenOptions,
    sink?: EventSink<CloudEvent>,
  ): Promise<OpenCloud> {
    const operation = 'PnrpOpenCloud';
    this.#checkOpen(operation);
    const place = this.#place(cloud, operation);
    if (listen !== undefined) {
      const interfaces = this.#context.host.interfaces.list().map((it) => it.name);
      checkListen(listen, interfaces, operation);
    }
    for (const seed of seeds) checkAddress(seed, operation);
    for (const it of [...(listen ?? []), ...seeds]) checkInCloud(it, place, operation);
    if (listen !== undefined && this.#clouds.has(keyOf(place))) {
      throw new PeerError('E_INVALIDARG', operation, `the cloud ${cloud} is open already and listens where it does`);
    }
    // All that this opener wants to hear: the cloud may stay open for others.
    const sinks = new Set(sink && [sink]);
    const all = (event: CloudEvent): void => {
      for (const it of sinks) it(event);
    };
    const opened = await this.#retain(place, operation, { seeds, listen, sink: all });
    let open = true;
    return {
      cloud,
      get addresses() {
        return opened.addresses;
      },
      joined: () => opened.joined(),
      subscribe: async (sink) => {
        if (!open) throw new PeerError('E_INVALIDARG', operation, `${cloud} is not open here any more`);
        // A subscription of its own for each caller, also where two pass the same function.
        const own = (event: CloudEvent): void => sink(event);
        sinks.add(own);
        return {
          close: async () => {
            sinks.delete(own);
          },
        };
      },
      close: async () => {
        if (!open) return;
        open = false;
        sinks.clear();
        opened.unsubscribe(all);
        opened.release();
      },
    };
  }

  publish(peerName: string, info: PublicationInfo): Promise<Publication> {
    return this.register(peerName, info);
  }

  async register(peerName: string, given: NameInfo): Promise<NameRegistration> {
    const operation = 'PeerPnrpRegister';
    this.#checkOpen(operation);
    const info = copyOf(given);
    const parts = parsePeerName(peerName, operation);
    checkRegistration(info, operation);
    const places = this.#places(info.cloud, operation);
    const signer = await this.#signer(peerName, info.identity);
    const name = this.#names.create(parts.secure ? `${parts.authority}.` : null, parts.classifier || null);
    if (places.some((place) => this.#registered.has(`${keyOf(place)} ${name}`))) {
      throw new PeerError('PEER_E_DUPLICATE_PEER_NAME', operation, `${name} is registered by this platform already`);
    }
    const registration = new NameRegistration({
      peerName: name,
      parts,
      p2pId: this.#names.p2pId(name),
      signer,
      hint: info.hint,
      signerFor: (identity) => this.#signer(peerName, identity),
      ended: () => this.#forget(registration),
    });
    this.#remember(registration, places);
    try {
      await registration.start(await this.#retainAll(places, operation), info);
    } catch (error) {
      this.#forget(registration);
      throw error;
    }
    return registration;
  }

  async startResolve(peerName: string, options: ResolveOptions, sink: ResolveSink): Promise<Resolution> {
    const operation = 'PeerPnrpStartResolve';
    this.#checkOpen(operation);
    parsePeerName(peerName, operation);
    checkResolve(options, operation);
    const places = this.#places(options.cloud, operation);
    const resolution = new NameResolution({
      host: this.#context.host,
      readings: this.#context.readings,
      peerName,
      p2pId: this.#names.p2pId(peerName),
      options,
      sink,
      ended: () => this.#resolutions.delete(resolution),
    });
    this.#resolutions.add(resolution);
    try {
      resolution.run(await this.#retainAll(places, operation));
    } catch (error) {
      this.#resolutions.delete(resolution);
      throw error;
    }
    return resolution;
  }

  async stats(): Promise<AreaStats> {
    const clouds = await this.#allOpened();
    return { version: 1, clouds: clouds.map((cloud) => cloud.stats()), ssdp: this.#surroundings.ssdp.stats() };
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    this.#holdWatch();
    for (const { opening } of this.#clouds.values()) opening.then((it) => it.keepAlive(alive)).catch(() => undefined);
  }

  async close({ abrupt }: { readonly abrupt: boolean }): Promise<void> {
    this.#closed = true;
    this.#cloudSinks.clear();
    this.#watching?.close();
    for (const resolution of [...this.#resolutions]) resolution.finish(false);
    await Promise.all((await this.#allOpened()).map((cloud) => cloud.close(abrupt)));
    this.#clouds.clear();
    this.#registered.clear();
    await Promise.all([this.#surroundings.ssdp.close({ abrupt }), this.#surroundings.knownNodes.close()]);
  }

  /** All of them, or none. */
  async #retainAll(places: readonly CloudPlace[], operation: string): Promise<Cloud[]> {
    const settled = await Promise.allSettled(places.map((place) => this.#retain(place, operation)));
    const clouds = settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const failed = settled.find((it) => it.status === 'rejected');
    if (failed === undefined) return clouds;
    for (const cloud of clouds) cloud.release();
    throw failed.reason;
  }

  /** Opens the cloud where it is not open yet, and counts one more that has it open. */
  async #retain(place: CloudPlace, operation: string, given: Given = {}): Promise<Cloud> {
    // It may have closed since the caller came in.
    this.#checkOpen(operation);
    const known = this.#clouds.get(keyOf(place))?.opening;
    const cloud = await (known ?? this.#openCloud(place, operation, given));
    if (known !== undefined) {
      // Whoever opened it has it, or its clean-up is under way.
      cloud.node.checkAddress(operation);
      cloud.addSeeds(given.seeds ?? []);
      if (given.sink !== undefined) cloud.subscribe(given.sink);
    }
    cloud.retain();
    return cloud;
  }

  #openCloud(place: CloudPlace, operation: string, { listen, seeds = [], sink }: Given): Promise<Cloud> {
    const { name, scope, addresses: places } = place;
    if (listen === undefined && places.length === 0) return Promise.reject(noAddress(scope, name, operation));
    this.#watch();
    const key = keyOf(place);
    const expired = (): void => {
      const cloud = this.#clouds.get(key);
      this.#clouds.delete(key);
      void cloud?.opening.then((it) => it.close(false));
      this.#cloudsChanged();
    };
    const config = { name, listen, places, seeds, sink, alive: this.#alive };
    const opening = Cloud.open(this.#surroundings, config, expired);
    opening.catch(() => this.#clouds.delete(key));
    this.#clouds.set(key, { place, opening });
    opening
      .then((cloud) => {
        cloud.subscribe(({ event }) => event === 'state' && this.#cloudsChanged());
        this.#cloudsChanged();
      })
      .catch(() => undefined);
    return opening;
  }

  #watch(): void {
    this.#watching ??= this.#context.host.interfaces.watch(() => {
      this.#follow();
      this.#cloudsChanged();
    });
  }

  /** Clouds keep the process alive by themselves; whoever waits for a change of them may have none open. */
  #holdWatch(): void {
    this.#watching?.hold(this.#alive && this.#cloudSinks.size > 0);
  }

  #cloudsChanged(): void {
    for (const sink of this.#cloudSinks) sink();
  }

  /** Addresses or interfaces of the machine came or went: nodes and names go with them. [MS-PNRP] 3.1.7.1, 3.2.7.2. */
  #follow(): void {
    const places = this.#machinePlaces();
    for (const [key, { opening }] of this.#clouds) {
      const addresses = places.find((place) => keyOf(place) === key)?.addresses ?? [];
      opening.then((cloud) => cloud.follow(addresses)).catch(() => undefined);
    }
    for (const registration of new Set(this.#registered.values())) {
      const added = this.#usable(places, registration.info.cloud).filter(
        (place) => !this.#registered.has(`${keyOf(place)} ${registration.peerName}`),
      );
      this.#remember(registration, added);
      for (const place of added) {
        this.#retain(place, 'PeerPnrpRegister')
          .then((cloud) => registration.extend(cloud))
          .catch((error: unknown) => {
            this.#registered.delete(`${keyOf(place)} ${registration.peerName}`);
            this.#context.host.trace('pnrp', 'error', () => ({ cloud: place.name, error }));
          });
      }
    }
  }

  #remember(registration: NameRegistration, places: readonly CloudPlace[]): void {
    for (const place of places) this.#registered.set(`${keyOf(place)} ${registration.peerName}`, registration);
  }

  #forget(registration: NameRegistration): void {
    for (const [key, known] of this.#registered) if (known === registration) this.#registered.delete(key);
  }

  /** A cloud keeps its name as long as it is open, though its interface may get another prefix. */
  #machinePlaces(): CloudPlace[] {
    return cloudPlaces(this.#context.host.interfaces.list()).map((place) => {
      const open = this.#clouds.get(keyOf(place));
      return open === undefined ? place : { ...place, name: open.place.name };
    });
  }

  #place(name: string, operation: string): CloudPlace {
    const isIt = (it: CloudPlace): boolean => it.name === name;
    // Of a cloud that is open, where it is is its own business: that saves asking the system for its interfaces.
    const place = [...this.#clouds.values()].map((it) => it.place).find(isIt) ?? this.#machinePlaces().find(isIt);
    if (place === undefined) {
      throw new PeerError('PEER_E_CLOUD_NOT_FOUND', operation, `this machine has no cloud called ${name}`);
    }
    return place;
  }

  /** The clouds that a caller means: one, all link-local ones, or all that this machine can take part in. */
  #places(name: string | undefined, operation: string): CloudPlace[] {
    if (!isSeveral(name)) return [this.#place(name, operation)];
    const places = this.#usable(this.#machinePlaces(), name);
    if (places.length === 0) {
      throw new PeerError(
        'PEER_E_CLOUD_NOT_FOUND',
        operation,
        'this machine has no cloud with an IPv6 address to listen at',
      );
    }
    return places;
  }

  #usable(places: readonly CloudPlace[], name: string | undefined): CloudPlace[] {
    if (!isSeveral(name)) return [];
    return places.filter(
      (it) =>
        (name === undefined || it.scope === 'link-local') && (it.addresses.length > 0 || this.#clouds.has(keyOf(it))),
    );
  }

  async #opened(place: CloudPlace): Promise<Cloud | undefined> {
    return this.#clouds.get(keyOf(place))?.opening.catch(() => undefined);
  }

  async #allOpened(): Promise<Cloud[]> {
    const clouds = await Promise.all([...this.#clouds.values()].map(({ opening }) => opening.catch(() => undefined)));
    return clouds.filter((cloud) => cloud !== undefined);
  }

  async #signer(peerName: string, identity: string | undefined): Promise<Signer> {
    const identities: IdentityBackend = await this.#context.area('identity');
    const signer = await identities.signer(await signerName(this.#names, identities, peerName, identity));
    if (signer.publicKey.length !== PUBLIC_KEY_LENGTH) {
      const why = `the key of ${signer.peerName} does not fit: a CPA holds RSA keys of 1024 bits with exponent 65537`;
      throw new PeerError('PEER_E_INVALID_IDENTITY', 'PeerPnrpRegister', why);
    }
    return signer;
  }

  #checkOpen(operation: string): void {
    if (this.#closed) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'PNRP is closed');
  }
}

/** What makes two places one cloud: their scope, and their link. */
function keyOf({ scope, scopeId }: CloudPlace): string {
  return `${scope} ${scopeId}`;
}

function isSeveral(cloud: string | undefined): cloud is typeof ALL_LINK_CLOUDS | undefined {
  return cloud === undefined || cloud === ALL_LINK_CLOUDS;
}

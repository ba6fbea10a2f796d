import type { AreaStats } from '../../lib/backend/contract/backend.js';
import type { EventSink } from '../../lib/backend/contract/events.js';
import type { IdentityBackend, Signer } from '../../lib/backend/contract/identity.js';
import type { NamesBackend } from '../../lib/backend/contract/names.js';
import type {
  CloudEvent,
  CloudInfo,
  CloudOpenOptions,
  OpenCloud,
  PnrpAddress,
  PnrpBackend,
  Registration,
  RegistrationInfo,
  Resolution,
  ResolveOptions,
  ResolveSink,
} from '../../lib/backend/contract/pnrp.js';
import { PeerError } from '../../lib/errors.js';
import type { FallbackContext } from '../context.js';
import { parsePeerName } from '../names/peer-name.js';
import { Cloud, checkAddress, checkListen, defaultListen } from './cloud.js';
import { ALL_LINK_CLOUDS, type CloudPlace, cloudPlaces, GLOBAL_CLOUD } from './clouds.js';
import { PUBLIC_KEY_LENGTH } from './constants.js';
import { checkRegistration, NameRegistration, signerName } from './registration.js';
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
  readonly #clouds = new Map<string, Promise<Cloud>>();
  /** `cloud name`. */
  readonly #registered = new Set<string>();
  readonly #resolutions = new Set<NameResolution>();
  #alive = true;
  #closed = false;

  constructor(context: FallbackContext, names: NamesBackend) {
    this.#context = context;
    this.#names = names;
  }

  async clouds(): Promise<readonly CloudInfo[]> {
    this.#checkOpen('PeerPnrpGetCloudInfo');
    const places = cloudPlaces(this.#context.host.interfaces.list());
    return Promise.all(
      places.map(async ({ name, scope, scopeId, addresses }) => {
        const open = await this.#clouds.get(name)?.catch(() => undefined);
        return { name, scope, scopeId, state: open?.state ?? (addresses.length > 0 ? 'virtual' : 'no-net') };
      }),
    );
  }

  async open(
    { cloud = GLOBAL_CLOUD, listen, seeds = [] }: CloudOpenOptions,
    sink?: EventSink<CloudEvent>,
  ): Promise<OpenCloud> {
    const operation = 'PnrpOpenCloud';
    this.#checkOpen(operation);
    const place = this.#place(cloud, operation);
    if (listen !== undefined) checkListen(listen, operation);
    for (const seed of seeds) checkAddress(seed, operation);
    if (listen !== undefined && this.#clouds.has(cloud)) {
      throw new PeerError('E_INVALIDARG', operation, `the cloud ${cloud} is open already and listens where it does`);
    }
    const opened = await this.#retain(place, operation, { seeds, listen, sink });
    let open = true;
    return {
      cloud,
      addresses: opened.addresses,
      joined: () => opened.joined(),
      subscribe: (sink) => opened.subscribe(sink),
      close: async () => {
        if (open) opened.release();
        open = false;
      },
    };
  }

  async register(peerName: string, info: RegistrationInfo): Promise<Registration> {
    const operation = 'PeerPnrpRegister';
    this.#checkOpen(operation);
    const parts = parsePeerName(peerName, operation);
    checkRegistration(info, operation);
    const places = this.#places(info.cloud, operation);
    const signer = await this.#signer(peerName, info.identity);
    const name = this.#names.create(parts.secure ? `${parts.authority}.` : null, parts.classifier || null);
    const keys = places.map((place) => `${place.name} ${name}`);
    if (keys.some((key) => this.#registered.has(key))) {
      throw new PeerError('PEER_E_DUPLICATE_PEER_NAME', operation, `${name} is registered by this platform already`);
    }
    const forget = (): void => keys.forEach((key) => void this.#registered.delete(key));
    const registration = new NameRegistration({
      peerName: name,
      parts,
      p2pId: this.#names.p2pId(name),
      signer,
      ended: forget,
    });
    for (const key of keys) this.#registered.add(key);
    try {
      await registration.start(await this.#retainAll(places, operation), info);
    } catch (error) {
      forget();
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
    const clouds = await Promise.all([...this.#clouds.values()].map((cloud) => cloud.catch(() => undefined)));
    return { version: 1, clouds: clouds.flatMap((cloud) => (cloud === undefined ? [] : [cloud.stats()])) };
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    for (const cloud of this.#clouds.values()) cloud.then((it) => it.keepAlive(alive)).catch(() => undefined);
  }

  async close({ abrupt }: { readonly abrupt: boolean }): Promise<void> {
    this.#closed = true;
    for (const resolution of [...this.#resolutions]) resolution.finish(false);
    const clouds = await Promise.all([...this.#clouds.values()].map((cloud) => cloud.catch(() => undefined)));
    await Promise.all(clouds.map((cloud) => cloud?.close(abrupt)));
    this.#clouds.clear();
    this.#registered.clear();
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
    const known = this.#clouds.get(place.name);
    const opening = known ?? this.#openCloud(place, operation, given);
    this.#clouds.set(place.name, opening);
    const cloud = await opening;
    if (known !== undefined) {
      cloud.addSeeds(given.seeds ?? []);
      if (given.sink !== undefined) await cloud.subscribe(given.sink);
    }
    cloud.retain();
    return cloud;
  }

  #openCloud(place: CloudPlace, operation: string, given: Given): Promise<Cloud> {
    const listen = given.listen ?? defaultListen(place.addresses);
    if (listen.length === 0) {
      const why = `this machine has no ${place.scope} IPv6 address to take part in ${place.name}`;
      return Promise.reject(new PeerError('PEER_E_CLOUD_IS_DEAD', operation, why));
    }
    const { host, readings } = this.#context;
    const { seeds = [], sink } = given;
    const config = { name: place.name, listen, anyPort: given.listen === undefined, seeds, sink };
    const expired = (): void => {
      const cloud = this.#clouds.get(place.name);
      this.#clouds.delete(place.name);
      void cloud?.then((it) => it.close(false));
    };
    const opening = Cloud.open(host, readings, config, this.#alive, expired);
    opening.catch(() => this.#clouds.delete(place.name));
    return opening;
  }

  #place(name: string, operation: string): CloudPlace {
    const place = cloudPlaces(this.#context.host.interfaces.list()).find((it) => it.name === name);
    if (place === undefined) {
      throw new PeerError('PEER_E_CLOUD_NOT_FOUND', operation, `this machine has no cloud called ${name}`);
    }
    return place;
  }

  /** The clouds that a caller means: one, all link-local ones, or all that this machine can take part in. */
  #places(name: string | undefined, operation: string): CloudPlace[] {
    if (name !== undefined && name !== ALL_LINK_CLOUDS) return [this.#place(name, operation)];
    const places = cloudPlaces(this.#context.host.interfaces.list()).filter(
      (it) =>
        (name === undefined || it.scope === 'link-local') && (it.addresses.length > 0 || this.#clouds.has(it.name)),
    );
    if (places.length === 0) {
      throw new PeerError(
        'PEER_E_CLOUD_NOT_FOUND',
        operation,
        'this machine has no cloud with an IPv6 address to listen at',
      );
    }
    return places;
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

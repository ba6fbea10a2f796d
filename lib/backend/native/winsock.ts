import { PeerError } from '../../errors.js';
import type { Interfaces } from '../contract/host.js';
import type { PnrpScope } from '../contract/pnrp.js';
import type { CloudResult, Lookup, NameQuery, NameResult, PnrpService, WinsockBackend } from '../contract/winsock.js';
import type { Addon, QueryResult, QuerySet, Winsock, WinsockCalls } from './addon.js';
import { NativeLookup } from './lookup.js';
import { missing, type Refusal, refused } from './probe.js';
import {
  CLOUD_FLAGS,
  cloudOf,
  cloudResult,
  cloudSet,
  NS_PNRPNAME,
  nameFlags,
  nameResult,
  nameSet,
  serviceSet,
} from './query-set.js';
import { type Ipv6Text, SocketAddresses } from './socket-addresses.js';
import { winsockCalls } from './winsock-errors.js';

const DLL = 'ws2_32.dll';

const EXPORTS: readonly string[] = [
  'WSAStartup',
  'WSACleanup',
  'WSAEnumNameSpaceProvidersW',
  'WSASetServiceW',
  'WSALookupServiceBeginW',
  'WSALookupServiceNextW',
  'WSALookupServiceEnd',
  'WSANSPIoctl',
];

/** WSAESETSERVICEOP. */
const RNRSERVICE_REGISTER = 0;
const RNRSERVICE_DELETE = 2;

/** Why Windows has no PNRP name space here; `undefined` where it has. */
export async function probeWinsock(addon: Addon & WinsockCalls): Promise<Refusal | undefined> {
  const lacking = missing(addon, DLL, EXPORTS);
  if (lacking !== undefined) return lacking;
  try {
    const providers = await winsockCalls(async () => {
      const winsock = await addon.WSAStartup();
      try {
        return await addon.WSAEnumNameSpaceProvidersW(winsock);
      } finally {
        await addon.WSACleanup(winsock);
      }
    });
    if (providers.some(({ nameSpace }) => nameSpace === NS_PNRPNAME)) return undefined;
    return { reason: 'service-not-available', detail: 'the Winsock of this Windows has no provider for PNRP names' };
  } catch (error) {
    return refused(error);
  }
}

export async function startNativeWinsock(
  addon: Addon & WinsockCalls,
  interfaces: Interfaces,
  ipv6: Ipv6Text,
): Promise<WinsockBackend> {
  const winsock = await winsockCalls(() => addon.WSAStartup());
  return new NativeWinsock(addon, winsock, new SocketAddresses(interfaces, ipv6));
}

/** The PNRP name space of Windows' own Winsock. Names are the process's, whichever platform of it registered them. */
class NativeWinsock implements WinsockBackend {
  readonly #addon: Addon & WinsockCalls;
  readonly #winsock: Winsock;
  readonly #addresses: SocketAddresses;
  /** What this platform registered, by cloud and name, as a deletion must say it. */
  readonly #names = new Map<string, QuerySet>();
  /** The last call on each name that is not done, by the same. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #beginning = new Set<Promise<unknown>>();
  readonly #lookups = new Set<NativeLookup<unknown>>();
  #alive = true;
  #holding = false;
  #closed = false;

  constructor(addon: Addon & WinsockCalls, winsock: Winsock, addresses: SocketAddresses) {
    this.#addon = addon;
    this.#winsock = winsock;
    this.#addresses = addresses;
  }

  async registerService(service: PnrpService): Promise<void> {
    const operation = 'WSASetServiceW';
    this.#checkOpen(operation);
    const set = serviceSet(service, this.#addresses);
    if (service.addresses.length === 0)
      throw new PeerError('WSAEINVAL', operation, 'a service has at least one address');
    const key = keyOf(service);
    await this.#inTurn(key, async () => {
      await this.#set(set, RNRSERVICE_REGISTER);
      this.#names.set(key, set);
      this.#hold();
    });
  }

  async deleteService(service: PnrpService): Promise<void> {
    this.#checkOpen('WSASetServiceW');
    const set = serviceSet(service, this.#addresses);
    const key = keyOf(service);
    await this.#inTurn(key, async () => {
      await this.#set(set, RNRSERVICE_DELETE);
      this.#names.delete(key);
      this.#hold();
    });
  }

  async lookupName(query: NameQuery): Promise<Lookup<NameResult>> {
    this.#checkOpen('WSALookupServiceBeginW');
    const set = nameSet(query, this.#addresses);
    return this.#begin(set, nameFlags(query), (result) => nameResult(result, query, this.#addresses));
  }

  async lookupClouds({ scope }: { readonly scope?: PnrpScope }): Promise<Lookup<CloudResult>> {
    this.#checkOpen('WSALookupServiceBeginW');
    return this.#begin(cloudSet(scope), CLOUD_FLAGS, cloudResult);
  }

  async stats() {
    return { version: 1, names: this.#names.size, lookups: this.#lookups.size };
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    this.#hold();
  }

  /** `abrupt` or not: names that Windows would keep registered for this process would find nobody. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#beginning);
    const ended = await Promise.allSettled([...this.#lookups].map((it) => it.end()));
    await Promise.allSettled(this.#turns.values());
    const deleted = await Promise.allSettled([...this.#names.values()].map((it) => this.#set(it, RNRSERVICE_DELETE)));
    this.#names.clear();
    this.#hold();
    await winsockCalls(() => this.#addon.WSACleanup(this.#winsock));
    const failed = [...ended, ...deleted].find((it) => it.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #set(set: QuerySet, what: number): Promise<void> {
    await winsockCalls(() => this.#addon.WSASetServiceW(this.#winsock, set, what, 0));
  }

  async #begin<Result>(
    set: QuerySet,
    flags: number,
    read: (result: QueryResult) => Result,
  ): Promise<NativeLookup<Result>> {
    const beginning = winsockCalls(() => this.#addon.WSALookupServiceBeginW(this.#winsock, set, flags)).then(
      (handle) => {
        const ended = () => {
          this.#lookups.delete(lookup);
          this.#hold();
        };
        const lookup = new NativeLookup({ addon: this.#addon, handle, flags, read, ended });
        this.#lookups.add(lookup);
        this.#hold();
        return lookup;
      },
    );
    this.#beginning.add(beginning);
    try {
      return await beginning;
    } finally {
      this.#beginning.delete(beginning);
    }
  }

  /** Calls on one name take effect one after the other, as they came. */
  async #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#turns.set(key, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  #hold(): void {
    const holding = this.#alive && this.#names.size + this.#lookups.size > 0;
    if (holding !== this.#holding) this.#addon.hold(holding);
    this.#holding = holding;
  }

  #checkOpen(operation: string): void {
    if (this.#closed) throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform has been closed');
  }
}

function keyOf(service: PnrpService): string {
  return `${cloudOf(service)} ${service.peerName}`;
}

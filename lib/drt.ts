import type {
  DerivedKeySecurityOptions,
  DrtBuiltIn,
  DrtEvent,
  DrtInstance,
  DrtSettings,
  DrtTransport,
  DrtTransportOptions,
  PnrpBootstrapOptions,
} from './backend/contract/drt.js';
import { type Listeners, sinkOf } from './events.js';
import type { Runtime } from './runtime.js';

export type * from './backend/contract/drt.js';
export type * from './backend/contract/drt-providers.js';
export type * from './backend/contract/events.js';

/** Listeners by the name of their event. */
export type DrtListeners = Listeners<DrtEvent>;

/** Distributed Routing Tables: keys of 256 bits with small payloads, on a ring of nodes. */
export class DistributedRoutingTable {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Opens an instance and starts to look for other nodes; `retry` tells that nobody was found yet.
   * The listeners are in force before the first event. Transport and providers serve one open instance at a time.
   * Rejects with `DRT_E_INVALID_*` for the part of the settings that is wrong, `DRT_E_*_IN_USE`,
   * `DRT_E_CAPABILITY_MISMATCH`, `DRT_E_INVALID_CERT_CHAIN`, `DRT_E_TRANSPORT_*`, `E_INVALIDARG`.
   * @win32 DrtOpen
   */
  open(settings: DrtSettings, options: { readonly on?: DrtListeners } = {}): Promise<DrtInstance> {
    const sink = sinkOf<DrtEvent>(options.on ?? {});
    return this.#runtime.call('drt', 'DrtOpen', (backend) => backend.open(settings, sink));
  }

  /**
   * Rejects with `DRT_E_INVALID_PORT`, `DRT_E_INVALID_SCOPE`, `DRT_E_TRANSPORT_UNEXPECTED`, Winsock's codes.
   * @win32 DrtCreateIpv6UdpTransport
   */
  createIpv6UdpTransport(options: DrtTransportOptions): Promise<DrtTransport> {
    return this.#runtime.call('drt', 'DrtCreateIpv6UdpTransport', (backend) => backend.createIpv6UdpTransport(options));
  }

  /**
   * Finds nodes by a peer name; `publish` makes this node findable by it. Rejects with `E_INVALIDARG`.
   * @win32 DrtCreatePnrpBootstrapResolver
   */
  createPnrpBootstrapResolver(options: PnrpBootstrapOptions): Promise<DrtBuiltIn<'pnrp'>> {
    return this.#runtime.call('drt', 'DrtCreatePnrpBootstrapResolver', (backend) =>
      backend.createPnrpBootstrapResolver(options),
    );
  }

  /**
   * Finds nodes at a host name and UDP port. Rejects with `E_INVALIDARG`, Winsock's codes.
   * @win32 DrtCreateDnsBootstrapResolver
   */
  createDnsBootstrapResolver(host: string, port: number): Promise<DrtBuiltIn<'dns'>> {
    return this.#runtime.call('drt', 'DrtCreateDnsBootstrapResolver', (backend) =>
      backend.createDnsBootstrapResolver(host, port),
    );
  }

  /**
   * Keys belong to certificates under one root. Rejects with `DRT_E_CAPABILITY_MISMATCH`, `DRT_E_INVALID_CERT_CHAIN`.
   * @win32 DrtCreateDerivedKeySecurityProvider
   */
  createDerivedKeySecurityProvider(options: DerivedKeySecurityOptions): Promise<DrtBuiltIn<'derived-key'>> {
    return this.#runtime.call('drt', 'DrtCreateDerivedKeySecurityProvider', (backend) =>
      backend.createDerivedKeySecurityProvider(options),
    );
  }

  /**
   * Any key, no proof.
   * @win32 DrtCreateNullSecurityProvider
   */
  createNullSecurityProvider(): Promise<DrtBuiltIn<'null'>> {
    return this.#runtime.call('drt', 'DrtCreateNullSecurityProvider', (backend) =>
      backend.createNullSecurityProvider(),
    );
  }

  /**
   * The key, 32 bytes, that belongs to a certificate (DER). Rejects with `DRT_E_CAPABILITY_MISMATCH`, `E_INVALIDARG`.
   * @win32 DrtCreateDerivedKey
   */
  createDerivedKey(certificate: Uint8Array): Promise<Uint8Array> {
    return this.#runtime.call('drt', 'DrtCreateDerivedKey', (backend) => backend.createDerivedKey(certificate));
  }
}

import type { CacheStores } from './cache-store.js';
import type { DistributionTrace, HostedCacheTrace, RetrievalTrace, WsDiscoveryTrace } from './distribution-trace.js';
import type { Http } from './http.js';
import type { PnrpTrace, SsdpTrace } from './trace.js';

/**
 * The ports through which every protocol engine meets the world. An engine names the ports that it needs; the real
 * host binds them to sockets, clock and disk, the virtual one answers all of them from one seed.
 */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly datagrams: Datagrams;
  readonly streams: Streams;
  readonly http: Http;
  readonly interfaces: Interfaces;
  readonly dns: Dns;
  readonly store: Stores;
  readonly caches: CacheStores;
  readonly work: Work;
  readonly threads: Threads;
  readonly secure: Secure;
  readonly trace: Trace;
  /** Virtual time stands still until `promise` settles: for what takes real time, such as loading a module. */
  busy<T>(promise: Promise<T>): Promise<T>;
  /** A caller waits for `promise`: virtual time runs while at least one caller waits. */
  awaited<T>(promise: Promise<T>): Promise<T>;
}

export interface Clock {
  /** Monotonic milliseconds since an arbitrary start. */
  now(): number;
  /** Wall time: 100 ns ticks since 1601-01-01 UTC. */
  filetime(): bigint;
  /**
   * Calls once after `ms` milliseconds, unless cancelled. A timer alone keeps a process alive only with `hold`: for the
   * moments in which a call waits for nothing else.
   */
  after(ms: number, callback: () => void, options?: { readonly hold?: boolean }): Timer;
}

export interface Timer {
  cancel(): void;
}

export interface Random {
  bytes(length: number): Uint8Array;
  /** Uniform integer from 0 up to, not including, `bound` (1 to 2^48). */
  below(bound: number): number;
}

/** A transport address. IPv6 text in the shortest form without brackets; IPv4 as dotted text. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
  /** Name of the interface, for link-local addresses. */
  readonly scope?: string;
}

export interface Datagrams {
  /**
   * Rejects with the system's error code (`EADDRINUSE`, `EADDRNOTAVAIL`, ...). Port 0 takes a free one. `from` has its
   * scope where the sender's address is link-local: the interface by which the datagram came in.
   */
  bind(
    local: SocketAddress,
    receive: (bytes: Uint8Array, from: SocketAddress) => void,
    options?: BindOptions,
  ): Promise<DatagramSocket>;
}

export interface BindOptions {
  /**
   * Sockets of this and of other processes have the port together, if each of them asked for that. What is sent to a
   * group comes to each of them, what is sent to one address to one of them.
   */
  readonly shared?: boolean;
}

export interface DatagramSocket {
  /** Where it is bound; the port is the real one. */
  readonly local: SocketAddress;
  /**
   * Hands the bytes to the network; what is for a group leaves by the interface `to.scope`, and comes to the members on
   * this machine too. What can't be sent is lost, as any datagram may be.
   */
  send(bytes: Uint8Array, to: SocketAddress): void;
  /**
   * Joins a multicast group on one interface, until the socket closes. Only a socket that is bound to `::` hears groups
   * of IPv6, and one that is bound to `0.0.0.0` those of IPv4; it may also hear what comes for its groups by interfaces
   * on which others have joined: see the scope of `from`. Throws the system's error code: `ENODEV` where there is no such
   * interface, `EADDRNOTAVAIL` where it has no address of the family.
   */
  join(group: string, interfaceName: string): void;
  /** Whether this socket keeps the process alive; true after `bind`. */
  hold(alive: boolean): void;
  close(): Promise<void>;
}

export interface Streams {
  /** Port 0 takes a free one. `accept` gets each connection. */
  listen(local: SocketAddress, accept: (stream: ByteStream) => void): Promise<StreamListener>;
  connect(remote: SocketAddress, options?: { readonly signal?: AbortSignal }): Promise<ByteStream>;
}

export interface StreamListener {
  readonly local: SocketAddress;
  hold(alive: boolean): void;
  close(): Promise<void>;
}

export interface ByteStream {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Resolves when the network took the bytes, so a writer that awaits never outruns its reader. */
  write(bytes: Uint8Array): Promise<void>;
  /** The next bytes, at least one; `undefined` at the orderly end; rejects when the connection broke. */
  read(): Promise<Uint8Array | undefined>;
  /** Orderly end of the own direction, then of the connection. */
  close(): Promise<void>;
  /** At once, without goodbye. */
  destroy(): void;
}

export interface NetworkInterface {
  readonly name: string;
  /** The scope id of link-local addresses. */
  readonly index: number;
  readonly addresses: readonly string[];
  /** How many bits of each address name its subnet, in the same order; 64 of IPv6 and 24 of IPv4 unless given. */
  readonly prefixes?: readonly number[];
  readonly loopback: boolean;
}

export interface Interfaces {
  list(): readonly NetworkInterface[];
  /** Calls after each change of the list. */
  watch(changed: () => void): InterfaceWatch;
}

export interface InterfaceWatch {
  /** Whether it keeps the process alive; false at the start. */
  hold(alive: boolean): void;
  close(): void;
}

export interface Dns {
  /** The AAAA records of a name; rejects with the system's error code, within a few seconds, or when the signal says so. */
  resolve6(name: string, options?: { readonly signal?: AbortSignal }): Promise<readonly string[]>;
}

export interface Stores {
  /**
   * One named collection of small values, shared by every process of the home. Rejects a damaged or newer file with
   * `StoreFormatError`, and passes on the system's error codes (`ENOSPC`, `EACCES`, ...).
   */
  open(name: string): Promise<Store>;
}

export interface Store {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Every entry whose key starts with `prefix`, by key. */
  range(prefix: string): Promise<readonly (readonly [string, Uint8Array])[]>;
  /**
   * All of `changes` or nothing, durable when it resolves. `decide` sees the current entries, with every other
   * writer of any process shut out, and returns the changes; `undefined` as a value deletes.
   */
  update(decide: (current: ReadonlyMap<string, Uint8Array>) => StoreChanges): Promise<void>;
  close(): Promise<void>;
}

export type StoreChanges = ReadonlyMap<string, Uint8Array | undefined>;

/** Work that would hold up the event loop. */
export interface Work {
  digest(hash: HashName, bytes: Uint8Array): Promise<Uint8Array>;
  /** RSASSA-PKCS1-v1_5; `privateKey` is PKCS#8 DER. */
  sign(hash: HashName, privateKey: Uint8Array, bytes: Uint8Array): Promise<Uint8Array>;
  /** RSASSA-PKCS1-v1_5; `publicKey` is a DER RSAPublicKey. False for anything that is not a valid signature. */
  verify(hash: HashName, publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** RSA with public exponent 65537; PKCS#8 DER. */
  generateKey(bits: number): Promise<Uint8Array>;
}

export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** Threads beside the event loop, for long computations over much data. */
export interface Threads {
  /** How many of them can compute at the same time; at least 1. */
  readonly count: number;
  /**
   * A thread with the functions that `start(files)` of a module returns; `module` is its URL. The thread begins with the first
   * call. Only while a call is under way does it keep the process alive.
   */
  open(module: string): WorkThread;
}

export interface WorkThread {
  /**
   * Calls a function of the module with one argument; one call after the other, in their order. Argument and result are
   * copied, but for a SharedArrayBuffer. What the function throws rejects, with `message` and `code`.
   */
  call(name: string, argument: unknown): Promise<unknown>;
  /** Calls under way reject. A later one begins a new thread. */
  close(): Promise<void>;
}

/** What a module of a thread reads regular files by; each call throws the system's error codes. */
export interface ThreadFiles {
  look(path: string): FileLook;
  /** Fills `into` from a byte of the file on. `ESTALE` where it is another version than that of the look. */
  read(path: string, look: FileLook, position: number, into: Uint8Array): void;
}

export interface FileLook {
  /** Bytes. */
  readonly length: number;
  /** Another one after each change. */
  readonly version: string;
}

/** TLS over a stream. The virtual form is a plain double that passes the certificates over in clear. */
export interface Secure {
  client(stream: ByteStream, credentials: Credentials): Promise<SecureStream>;
  server(stream: ByteStream, credentials: Credentials): Promise<SecureStream>;
}

export interface Credentials {
  /** PKCS#8 DER. */
  readonly privateKey: Uint8Array;
  /** DER, leaf first. */
  readonly certificates: readonly Uint8Array[];
  readonly minVersion: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** An OpenSSL cipher list, where the protocol fixes one. */
  readonly ciphers?: string;
}

export interface SecureStream extends ByteStream {
  /** The other side's leaf certificate, DER; nothing has been checked about it. */
  readonly peerCertificate: Uint8Array | undefined;
}

/** What each area publishes; docs/trace.md. */
export interface Traces {
  readonly pnrp: PnrpTrace;
  readonly ssdp: SsdpTrace;
  readonly 'ws-discovery': WsDiscoveryTrace;
  readonly distribution: DistributionTrace;
  readonly retrieval: RetrievalTrace;
  readonly 'hosted-cache': HostedCacheTrace;
}

/** `build` is called only when someone listens to `winpeer:<area>:<event>`. */
export type Trace = <A extends keyof Traces>(area: A, event: keyof Traces[A], build: () => object) => void;

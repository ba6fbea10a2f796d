/** What an application may write itself for a DRT: how nodes are found, and how keys are proved. */
import type { SocketAddress } from './host.js';

/** DRT_BOOTSTRAP_PROVIDER. Its methods are never called while one of them runs. */
export interface DrtBootstrapProvider {
  /** An instance takes the provider; rejects to refuse. */
  attach(): Promise<void>;
  detach(): Promise<void>;
  /** InitResolve and IssueResolve: resolves when the search runs. */
  resolve(request: BootstrapRequest, sink: BootstrapSink): Promise<BootstrapResolution>;
  /** Makes this node findable at its addresses, again after each change of them. */
  register(addresses: readonly SocketAddress[]): Promise<void>;
  unregister(): Promise<void>;
}

export interface BootstrapRequest {
  /** The instance looks for a split of the ring, not for a first node. */
  readonly splitDetect: boolean;
  readonly timeoutMs: number;
  readonly maxResults: number;
}

export interface BootstrapSink {
  /** Addresses of one node, once each. */
  addresses(addresses: readonly SocketAddress[]): void;
  /** Once, after the last node. A failure that is fatal faults the instance. */
  end(failure?: { readonly result: number; readonly fatal: boolean }): void;
}

export interface BootstrapResolution {
  /** EndResolve: nothing reaches the sink once it resolved. */
  end(): Promise<void>;
}

/**
 * DRT_SECURITY_PROVIDER. What it rejects with says no; a code that is not one of DRT's faults the instance.
 * A key's context is what its registration gave.
 */
export interface DrtSecurityProvider {
  attach(): Promise<void>;
  detach(): Promise<void>;
  /** Whether the local node may have this key. */
  registerKey(key: Uint8Array, payload: Uint8Array, context: unknown): Promise<void>;
  unregisterKey(key: Uint8Array, context: unknown): Promise<void>;
  /** SecureAndPackPayload. */
  pack(content: UnpackedPayload, nonce: Uint8Array, context: unknown): Promise<SecuredPayload>;
  /** ValidateAndUnpackPayload: with a nonce, it must be the one inside. */
  unpack(secured: SecuredPayload, nonce: Uint8Array | undefined): Promise<UnpackedPayload & ProvedBy>;

  /** The own credential for others. Modes membership and confidential payload, as the next three. */
  credential(): Promise<Uint8Array>;
  validateCredential(credential: Uint8Array): Promise<void>;
  sign(buffers: readonly Uint8Array[]): Promise<ProviderSignature>;
  verify(buffers: readonly Uint8Array[], credential: Uint8Array, signature: ProviderSignature): Promise<void>;

  /** Mode confidential payload alone, as the next one. */
  encrypt(credential: Uint8Array, buffers: readonly Uint8Array[]): Promise<EncryptedBuffers>;
  decrypt(encrypted: EncryptedBuffers, context: unknown): Promise<readonly Uint8Array[]>;
}

export interface UnpackedPayload {
  /** 0 to 255, of the application. */
  readonly protocolMajor: number;
  readonly protocolMinor: number;
  readonly flags: readonly 'revoked'[];
  readonly key: Uint8Array;
  /** Undefined where only addresses travel. */
  readonly payload?: Uint8Array;
  readonly addresses?: readonly SocketAddress[];
}

export interface ProvedBy {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

export interface SecuredPayload {
  readonly addressPayload: Uint8Array;
  readonly classifier?: Uint8Array;
  readonly payload?: Uint8Array;
  readonly certificateChain?: Uint8Array;
}

export interface ProviderSignature {
  readonly keyIdentifier: Uint8Array;
  readonly signature: Uint8Array;
}

export interface EncryptedBuffers {
  /** One for each plain buffer. */
  readonly buffers: readonly Uint8Array[];
  readonly keyToken: Uint8Array;
}

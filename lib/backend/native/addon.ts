import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { winpeerError } from '../../errors.js';
import type { DistributionCalls } from './distribution-calls.js';

declare const kind: unique symbol;

/** An object in the place of a handle of Windows: one of another kind, or a closed one, is refused. */
export interface Handle<Kind> {
  readonly [kind]: Kind;
}

/** HPEERENUM. */
export type Enumeration<Item> = Handle<readonly ['HPEERENUM', Item]>;
/** HCRYPTPROV. */
export type CryptProvider = Handle<'HCRYPTPROV'>;

/** A `PeerPnrpStartup` that awaits its `PeerPnrpShutdown`. */
export type PnrpSession = Handle<'PeerPnrpStartup'>;
/** HREGISTRATION. */
export type PnrpRegistration = Handle<'HREGISTRATION'>;
/** HRESOLUTION. */
export type PnrpResolution = Handle<'HRESOLUTION'>;
/** One `WSAStartup`, which one `WSACleanup` answers. */
export type Winsock = Handle<'WSAStartup'>;
/** HANDLE of WSALookupServiceBeginW. */
export type WinsockLookup = Handle<'WSALookupServiceBeginW'>;

/** Some texts are optional. */
type Text = string | null;

/** PEER_NAME_PAIR. */
interface PeerNamePair {
  readonly peerName: string;
  readonly friendlyName: string;
}

/**
 * What every area needs of the addon. Its functions have the names of Windows' own; each rejects with, or throws, an error that
 * has `hresult`, the number as Windows returned it, and throws a TypeError for what has a wrong type.
 */
export interface Addon {
  /** What built it. */
  readonly compiler: string;
  /** Whether a DLL is in System32, and which of these exports it lacks. `error` is the Win32 code of why it isn't loaded. */
  probe(dll: string, exports: readonly string[]): DllProbe;
  /**
   * Rejects a call's promise with `reason` at once; what the call brings later is freed where it arrives. False where the
   * promise is settled.
   */
  abandon(call: Promise<unknown>, reason: unknown): boolean;
  /** Whether something that is open keeps the process alive; counted, so each true is to be taken back. */
  hold(alive: boolean): void;
}

export interface DllProbe {
  readonly loaded: boolean;
  readonly missing: readonly string[];
  readonly error?: number;
}

/** The enumerations of p2p.dll. */
export interface EnumerationCalls {
  PeerGetItemCount(enumeration: Enumeration<unknown>): Promise<number>;
  PeerGetNextItem<Item>(enumeration: Enumeration<Item>, wanted: number): Promise<Item[]>;
  PeerEndEnumeration(enumeration: Enumeration<unknown>): Promise<void>;
}

/** The Identity Manager of p2p.dll. */
export interface IdentityCalls extends EnumerationCalls {
  PeerIdentityCreate(classifier: Text, friendlyName: Text, provider: CryptProvider | null): Promise<string>;
  PeerIdentityGetFriendlyName(identity: Text): Promise<string>;
  PeerIdentitySetFriendlyName(identity: Text, friendlyName: string): Promise<void>;
  PeerIdentityGetCryptKey(identity: Text): Promise<CryptProvider>;
  PeerIdentityDelete(identity: string): Promise<void>;
  PeerEnumIdentities(): Promise<Enumeration<PeerNamePair>>;
  PeerEnumGroups(identity: Text): Promise<Enumeration<PeerNamePair>>;
  PeerIdentityGetXML(identity: Text): Promise<string>;
  PeerIdentityExport(identity: Text, password: string): Promise<string>;
  PeerIdentityImport(xml: string, password: string): Promise<string>;
  PeerIdentityGetDefault(): Promise<string>;
}

/** What p2p.dll makes of names. At once: nothing in it waits. */
export interface NameCalls {
  PeerCreatePeerName(identity: Text, classifier: Text): string;
  PeerNameToPeerHostName(peerName: string): string;
  PeerHostNameToPeerName(hostName: string): string;
}

/** CryptoAPI, as far as an identity's key needs it; numbers in CryptoAPI's order, least significant byte first. */
export interface CryptCalls {
  CryptAcquireContext(container: string, type: number, flags: number): Promise<CryptProvider>;
  CryptReleaseContext(provider: CryptProvider): Promise<void>;
  CryptGenKey(provider: CryptProvider, algorithm: number, flags: number): Promise<void>;
  CryptImportKey(provider: CryptProvider, blob: Uint8Array, flags: number): Promise<void>;
  CryptExportKey(provider: CryptProvider, blobType: number): Promise<Uint8Array>;
  CryptSignHash(provider: CryptProvider, algorithm: number, bytes: Uint8Array): Promise<Uint8Array>;
  CryptDecrypt(provider: CryptProvider, bytes: Uint8Array): Promise<Uint8Array>;
}

/** SOCKADDR_IN6; with an address of 4 bytes SOCKADDR_IN. */
export interface WindowsSocketAddress {
  readonly address: Uint8Array;
  readonly port: number;
  readonly scopeId: number;
}

/** PNRPINFO_V2; a hint sets PNRPINFO_HINT. */
export interface PnrpInfo {
  readonly identity: Text;
  readonly maxResolve: number;
  /** Seconds. */
  readonly timeout: number;
  readonly lifetime: number;
  readonly resolveCriteria: number;
  readonly hint: WindowsSocketAddress | null;
  readonly payload: Uint8Array | string | null;
}

/** WSAQUERYSETW, with the class of its name space; all else is zero. */
export interface QuerySet {
  readonly nameSpace: number;
  readonly serviceInstanceName: Text;
  readonly comment: Text;
  readonly context: Text;
  readonly localAddresses: readonly WindowsSocketAddress[];
  /** For NS_PNRPCLOUD PNRPCLOUDINFO. */
  readonly blob: PnrpInfo | { readonly scope: number } | null;
}

/** WSAQUERYSETW as a lookup gives it. */
export interface QueryResult {
  readonly serviceInstanceName: Text;
  readonly comment: Text;
  readonly context: Text;
  readonly outputFlags: number;
  readonly remoteAddresses: readonly WindowsSocketAddress[];
  readonly blob:
    | { readonly scope: number; readonly scopeId: number; readonly cloudState: number; readonly cloudFlags: number }
    | { readonly payload: Uint8Array | string }
    | null;
}

/** The name spaces of ws2_32.dll, as far as PNRP needs them. */
export interface WinsockCalls {
  WSAStartup(): Promise<Winsock>;
  WSACleanup(winsock: Winsock): Promise<void>;
  WSAEnumNameSpaceProvidersW(winsock: Winsock): Promise<{ nameSpace: number; active: boolean }[]>;
  WSASetServiceW(winsock: Winsock, querySet: QuerySet, operation: number, flags: number): Promise<void>;
  WSALookupServiceBeginW(winsock: Winsock, restrictions: QuerySet, flags: number): Promise<WinsockLookup>;
  /** Waits on a thread of the lookup's own, one call after the other. */
  WSALookupServiceNextW(lookup: WinsockLookup, flags: number): Promise<QueryResult>;
  /** Resolves when the change is there. */
  WSANSPIoctl(lookup: WinsockLookup, controlCode: number): Promise<void>;
  /** Does not wait for the others, but ends them. */
  WSALookupServiceEnd(lookup: WinsockLookup): Promise<void>;
}

/** PEER_PNRP_REGISTRATION_INFO. Without addresses they are automatic: PEER_PNRP_AUTO_ADDRESSES. */
export interface PnrpRegistrationInfo {
  readonly cloudName: Text;
  readonly publishingIdentity: Text;
  readonly addresses: readonly WindowsSocketAddress[] | null;
  readonly port: number;
  readonly comment: Text;
  readonly payload: Uint8Array | null;
}

/** PEER_PNRP_ENDPOINT_INFO. */
export interface PnrpEndpointInfo {
  readonly peerName: string;
  readonly addresses: readonly WindowsSocketAddress[];
  readonly comment: Text;
  readonly payload: Uint8Array | null;
}

/** PEER_PNRP_CLOUD_INFO. */
interface PnrpCloudInfo {
  readonly name: string;
  readonly scope: number;
  readonly scopeId: number;
}

/** PNRP of p2p.dll. */
export interface PnrpCalls {
  PeerPnrpStartup(version: number): Promise<PnrpSession>;
  PeerPnrpShutdown(session: PnrpSession): Promise<void>;
  PeerPnrpGetCloudInfo(): Promise<PnrpCloudInfo[]>;
  PeerPnrpRegister(
    session: PnrpSession,
    peerName: string,
    info: PnrpRegistrationInfo | null,
  ): Promise<PnrpRegistration>;
  PeerPnrpUpdateRegistration(registration: PnrpRegistration, info: PnrpRegistrationInfo): Promise<void>;
  PeerPnrpUnregister(registration: PnrpRegistration): Promise<void>;
  /**
   * `listener` gets what `PeerPnrpGetEndpoint` gives, which the addon's event thread calls. Its error is the last that
   * comes: `PEER_E_NO_MORE` where all went well.
   */
  PeerPnrpStartResolve(
    session: PnrpSession,
    peerName: string,
    cloudName: Text,
    maximum: number,
    listener: (...heard: [error: Error, none: undefined] | [error: null, endpoint: PnrpEndpointInfo]) => void,
  ): Promise<PnrpResolution>;
  PeerPnrpEndResolve(resolution: PnrpResolution): Promise<void>;
}

export type WholeAddon = Addon & NameCalls & IdentityCalls & CryptCalls & PnrpCalls & WinsockCalls & DistributionCalls;

/** node-gyp-build, which has no types of its own. */
interface Finder {
  /** One built on this machine goes before the one that came with the package. Throws where there is none. */
  resolve(root: string): string;
}

const require = createRequire(import.meta.url);

/** `undefined` where there is none for this system. One that can't be loaded is an error, never taken for a missing one. */
export function loadAddon(): WholeAddon | undefined {
  const finder: Finder = require('node-gyp-build');
  let file: string;
  try {
    // From dist/lib/backend/native.
    file = finder.resolve(fileURLToPath(new URL('../../../..', import.meta.url)));
  } catch {
    return undefined;
  }
  return openAddon(file);
}

export function openAddon(file: string): WholeAddon {
  try {
    return require(file);
  } catch (error) {
    // Windows names the file once more, on a second line.
    const why = String(error instanceof Error ? error.message : error).split('\n', 1)[0];
    throw winpeerError('ERR_BACKEND_UNAVAILABLE', `the addon ${file} is there, but can't be loaded: ${why}`, {
      cause: error,
    });
  }
}

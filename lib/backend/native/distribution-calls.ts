import type { Handle } from './addon.js';

/** PEERDIST_INSTANCE_HANDLE: a `PeerDistStartup` that awaits its `PeerDistShutdown`. */
export type PeerDistInstance = Handle<'PEERDIST_INSTANCE_HANDLE'>;
/** PEERDIST_STREAM_HANDLE. */
export type PeerDistStream = Handle<'PEERDIST_STREAM_HANDLE'>;
/** PEERDIST_CONTENTINFO_HANDLE. */
export type PeerDistContentInfo = Handle<'PEERDIST_CONTENTINFO_HANDLE'>;
/** PEERDIST_CONTENT_HANDLE. */
export type PeerDistContent = Handle<'PEERDIST_CONTENT_HANDLE'>;
/** The OVERLAPPED of one call that goes on after it has returned, by which it can be cancelled. */
export type Overlapped = Handle<'OVERLAPPED'>;

/** PEERDIST_STATUS_INFO. */
export interface PeerDistStatusInfo {
  readonly status: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** What a read brought; with another status than 0 the range that is to be had from the origin. */
export interface PeerDistRead {
  /** 0, PEERDIST_ERROR_MISSING_DATA or ERROR_TIMEOUT. */
  readonly status: number;
  readonly offset: bigint;
  /** How many there are, which is more than `bytes` has where none were asked for. */
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** Hears once. */
type Listener<Status> = (...heard: [error: Error, none: undefined] | [error: null, status: Status]) => void;

/**
 * peerdist.dll. A function that Windows ends later, by way of an OVERLAPPED, resolves at that end: the addon asks
 * `PeerDistGetOverlappedResult`.
 */
export interface DistributionCalls {
  /** For one call. */
  overlapped(): Overlapped;
  PeerDistStartup(version: number): Promise<{ readonly instance: PeerDistInstance; readonly supportedVersion: number }>;
  PeerDistShutdown(instance: PeerDistInstance): Promise<void>;
  PeerDistGetStatus(instance: PeerDistInstance): Promise<number>;
  PeerDistGetStatusEx(instance: PeerDistInstance): Promise<PeerDistStatusInfo>;
  /** Resolves when the registration is in force. */
  PeerDistRegisterForStatusChangeNotification(
    instance: PeerDistInstance,
    overlapped: Overlapped,
    listener: Listener<number>,
  ): Promise<void>;
  /** The same. */
  PeerDistRegisterForStatusChangeNotificationEx(
    instance: PeerDistInstance,
    overlapped: Overlapped,
    listener: Listener<PeerDistStatusInfo>,
  ): Promise<void>;
  PeerDistUnregisterForStatusChangeNotification(instance: PeerDistInstance): Promise<void>;

  PeerDistServerPublishStream(
    instance: PeerDistInstance,
    contentId: Uint8Array,
    length: bigint,
    version: number,
  ): Promise<PeerDistStream>;
  PeerDistServerPublishAddToStream(stream: PeerDistStream, bytes: Uint8Array, overlapped: Overlapped): Promise<void>;
  PeerDistServerPublishCompleteStream(stream: PeerDistStream, overlapped: Overlapped): Promise<void>;
  PeerDistServerCloseStreamHandle(stream: PeerDistStream): Promise<void>;
  PeerDistServerUnpublish(instance: PeerDistInstance, contentId: Uint8Array): Promise<void>;
  PeerDistServerOpenContentInformation(
    instance: PeerDistInstance,
    contentId: Uint8Array,
    offset: bigint,
    length: bigint,
  ): Promise<PeerDistContentInfo>;
  PeerDistServerOpenContentInformationEx(
    instance: PeerDistInstance,
    contentId: Uint8Array,
    offset: bigint,
    length: bigint,
    minVersion: number,
    maxVersion: number,
  ): Promise<PeerDistContentInfo>;
  PeerDistServerRetrieveContentInformation(
    contentInfo: PeerDistContentInfo,
    max: number,
    overlapped: Overlapped,
  ): Promise<Uint8Array>;
  PeerDistServerCloseContentInformation(contentInfo: PeerDistContentInfo): Promise<void>;
  PeerDistServerCancelAsyncOperation(
    instance: PeerDistInstance,
    contentId: Uint8Array,
    overlapped: Overlapped,
  ): Promise<void>;

  PeerDistClientOpenContent(instance: PeerDistInstance, tag: Uint8Array): Promise<PeerDistContent>;
  PeerDistClientCloseContent(content: PeerDistContent): Promise<void>;
  PeerDistClientAddContentInformation(
    content: PeerDistContent,
    bytes: Uint8Array,
    overlapped: Overlapped,
  ): Promise<void>;
  PeerDistClientCompleteContentInformation(content: PeerDistContent, overlapped: Overlapped): Promise<void>;
  PeerDistClientAddData(
    content: PeerDistContent,
    offset: bigint,
    bytes: Uint8Array,
    overlapped: Overlapped,
  ): Promise<void>;
  PeerDistClientBlockRead(
    content: PeerDistContent,
    offset: bigint,
    max: number,
    timeout: number,
    overlapped: Overlapped,
  ): Promise<PeerDistRead>;
  PeerDistClientStreamRead(
    content: PeerDistContent,
    max: number,
    timeout: number,
    overlapped: Overlapped,
  ): Promise<PeerDistRead>;
  PeerDistClientFlushContent(instance: PeerDistInstance, tag: Uint8Array, overlapped: Overlapped): Promise<void>;
  /** Null is all that go on. */
  PeerDistClientCancelAsyncOperation(content: PeerDistContent, overlapped: Overlapped | null): Promise<void>;
  PeerDistClientGetInformationByHandle(content: PeerDistContent): Promise<{ readonly flashCrowd: boolean }>;
}

import { PeerError } from '../../errors.js';
import type { DistributionEvent, DistributionStatus, DistributionStatusInfo } from '../contract/distribution.js';
import type { EventSink, Subscription } from '../contract/events.js';
import type { DistributionCalls, PeerDistInstance, PeerDistStatusInfo } from './distribution-calls.js';
import { distributionCalls } from './distribution-errors.js';

const REGISTER = 'PeerDistRegisterForStatusChangeNotificationEx';

/** PEERDIST_STATUS. */
const STATUSES: readonly DistributionStatus[] = ['disabled', 'unavailable', 'available'];

/** One that no header names is of no use. */
export function statusOf(status: number): DistributionStatus {
  return STATUSES[status] ?? 'unavailable';
}

export function statusInfoOf({ status, minVersion, maxVersion }: PeerDistStatusInfo): DistributionStatusInfo {
  return { status: statusOf(status), minVersion, maxVersion };
}

/**
 * The status, and who is told of its changes. An instance has one registration at a time, which ends with each change: this
 * one is renewed from the first subscription until the instance ends.
 */
export class StatusWatch {
  readonly #addon: DistributionCalls;
  readonly #instance: PeerDistInstance;
  readonly #sinks = new Set<EventSink<DistributionEvent>>();
  #current: DistributionStatusInfo | undefined;
  /** Resolves when the registration is in force and the status known. */
  #started: Promise<void> | undefined;
  #closed = false;

  constructor(addon: DistributionCalls, instance: PeerDistInstance) {
    this.#addon = addon;
    this.#instance = instance;
  }

  get size(): number {
    return this.#sinks.size;
  }

  /** `closed` is told when it is given up. */
  async subscribe(sink: EventSink<DistributionEvent>, closed: () => void): Promise<Subscription> {
    this.#started ??= this.#start();
    await this.#started;
    if (this.#closed) throw new PeerError('ERROR_OPERATION_ABORTED', REGISTER, 'the platform was closed meanwhile');
    // One of its own, so that the same sink may subscribe twice.
    const own: EventSink<DistributionEvent> = (event) => sink(event);
    this.#sinks.add(own);
    const current = this.#current;
    if (current !== undefined && current.status !== 'disabled') own({ event: 'status-changed', ...current });
    return {
      close: async () => {
        if (this.#sinks.delete(own)) closed();
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sinks.clear();
    const started = this.#started?.then(
      () => true,
      () => false,
    );
    if (await started) {
      await distributionCalls(() => this.#addon.PeerDistUnregisterForStatusChangeNotification(this.#instance));
    }
  }

  async #start(): Promise<void> {
    try {
      await this.#register();
      const info = await distributionCalls(() => this.#addon.PeerDistGetStatusEx(this.#instance));
      // What a change has told meanwhile is newer.
      this.#current ??= statusInfoOf(info);
    } catch (error) {
      this.#started = undefined;
      throw error;
    }
  }

  #register(): Promise<void> {
    return distributionCalls(() =>
      this.#addon.PeerDistRegisterForStatusChangeNotificationEx(
        this.#instance,
        this.#addon.overlapped(),
        (error, info) => {
          if (error === null) this.#changed(statusInfoOf(info));
        },
      ),
    );
  }

  /** The first registration of an instance tells of the present status too. */
  #changed(info: DistributionStatusInfo): void {
    if (this.#closed) return;
    const { status, minVersion, maxVersion } = this.#current ?? {};
    const same = info.status === status && info.minVersion === minVersion && info.maxVersion === maxVersion;
    this.#current = info;
    this.#register().catch(() => {
      // Nobody waits for it: who subscribes next begins anew, and is told why it can't be.
      this.#started = undefined;
      this.#current = undefined;
    });
    if (!same) for (const sink of this.#sinks) sink({ event: 'status-changed', ...info });
  }
}

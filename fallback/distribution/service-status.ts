import type {
  DistributionEvent,
  DistributionStatus,
  DistributionStatusInfo,
} from '../../lib/backend/contract/distribution.js';
import type { EventSink, Subscription } from '../../lib/backend/contract/events.js';

/** Of content information. */
const VERSIONS = { minVersion: 1, maxVersion: 2 } as const;

/** Whether peer distribution can be used, as far as has been seen, and who is told of a change. */
export class ServiceStatus {
  readonly #sinks = new Set<EventSink<DistributionEvent>>();
  #status: DistributionStatus = 'available';

  get info(): DistributionStatusInfo {
    return { status: this.#status, ...VERSIONS };
  }

  /** Who comes is told of the present status at once. */
  subscribe(sink: EventSink<DistributionEvent>): Subscription {
    const own: EventSink<DistributionEvent> = (event) => sink(event);
    this.#sinks.add(own);
    own({ event: 'status-changed', ...this.info });
    return { close: async () => void this.#sinks.delete(own) };
  }

  set(status: DistributionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const sink of this.#sinks) sink({ event: 'status-changed', ...this.info });
  }

  close(): void {
    this.#sinks.clear();
  }
}

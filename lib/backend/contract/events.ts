/** How events reach their listener, in every area that has some. */

/** Gets each event once, in the system's order. What it throws never reaches the engine. */
export type EventSink<Event> = (event: Event) => void;

/** A registration for events. Each one gets its own copy of every event that its filters let through. */
export interface Subscription {
  /** Nothing reaches the sink once it resolved. */
  close(): Promise<void>;
}

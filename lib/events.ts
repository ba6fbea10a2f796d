import type { EventSink, Subscription } from './backend/contract/events.js';
import { winpeerError } from './errors.js';
import type { Runtime } from './runtime.js';

interface Event {
  readonly event: string;
}

export interface EventIteratorOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** Events that may wait for the reader, 1,024 unless given; one more ends the iteration with `ERR_EVENT_OVERFLOW`. */
  readonly limit?: number;
}

type Subscribe<E> = (sink: EventSink<E>) => Promise<Subscription>;

/**
 * The events of one object, in the system's order. The first listener subscribes, the last one to leave unsubscribes;
 * each iteration has a subscription of its own, so a slow reader holds up nobody else.
 */
export class EventSource<E extends Event> {
  readonly #runtime: Runtime;
  readonly #subscribe: Subscribe<E>;
  /** By event; true for those that get one event only. */
  readonly #listeners = new Map<string, Map<(event: E) => void, boolean>>();
  readonly #queues = new Set<EventQueue<E>>();
  #subscription: Promise<Subscription> | undefined;
  /** Of the subscription in force: one that is given up delivers nothing more, or who comes back would hear twice. */
  #turn = 0;

  constructor(runtime: Runtime, subscribe: Subscribe<E>) {
    this.#runtime = runtime;
    this.#subscribe = subscribe;
  }

  /** Calls `listener` for each event of the type. One that throws is reported as uncaught and reaches nobody else. */
  on<T extends E['event']>(type: T, listener: (event: Extract<E, { event: T }>) => void): this {
    return this.#add(type, listener as (event: E) => void, false);
  }

  once<T extends E['event']>(type: T, listener: (event: Extract<E, { event: T }>) => void): this {
    return this.#add(type, listener as (event: E) => void, true);
  }

  off<T extends E['event']>(type: T, listener: (event: Extract<E, { event: T }>) => void): this {
    const listeners = this.#listeners.get(type);
    listeners?.delete(listener as (event: E) => void);
    if (listeners?.size === 0) this.#listeners.delete(type);
    if (this.#listeners.size === 0) this.#unsubscribe();
    return this;
  }

  /** Resolves when what `on` asked for is in force; rejects when it can't be, and the next call asks again. */
  async ready(): Promise<void> {
    if (this.#listeners.size > 0) await this.#subscribed();
  }

  /** Every event from now on. It unsubscribes when its reader leaves, with `return()` where no loop was begun. */
  events(options: EventIteratorOptions = {}): AsyncGenerator<E, void, undefined> {
    const events = this.#iterate(options);
    // A generator does nothing before its first step.
    void events.next();
    return events;
  }

  /** There will be no more: listeners are let go, and what iterates comes to its end. */
  protected endEvents(): void {
    this.#listeners.clear();
    this.#unsubscribe();
    for (const queue of this.#queues) queue.end();
  }

  /** Its first step subscribes and brings nothing. */
  async *#iterate(options: EventIteratorOptions): AsyncGenerator<E, void, undefined> {
    const queue = new EventQueue<E>(options);
    this.#queues.add(queue);
    const subscription = this.#subscribe((event) => queue.push(event));
    // Its reader is told.
    subscription.catch((error: unknown) => queue.end(error));
    try {
      yield undefined as never;
      for (;;) {
        const next = await this.#runtime.wait('events', () => queue.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      queue.end();
      this.#queues.delete(queue);
      await subscription.then(
        (it) => it.close(),
        () => undefined,
      );
    }
  }

  #add(type: E['event'], listener: (event: E) => void, once: boolean): this {
    const listeners = this.#listeners.get(type) ?? new Map<(event: E) => void, boolean>();
    this.#listeners.set(type, listeners.set(listener, once));
    // Whoever waits in `ready` is told.
    this.#subscribed().catch(() => undefined);
    return this;
  }

  #subscribed(): Promise<Subscription> {
    if (this.#subscription !== undefined) return this.#subscription;
    this.#turn += 1;
    const turn = this.#turn;
    this.#subscription = this.#subscribe((event) => {
      if (turn === this.#turn) this.#emit(event);
    });
    this.#subscription.catch(() => {
      if (turn === this.#turn) this.#subscription = undefined;
    });
    return this.#subscription;
  }

  #emit(event: E): void {
    for (const [listener, once] of [...(this.#listeners.get(event.event) ?? [])]) {
      if (once) this.off(event.event as E['event'], listener);
      deliver(event, listener);
    }
  }

  #unsubscribe(): void {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    this.#turn += 1;
    subscription?.then((it) => it.close()).catch(() => undefined);
  }
}

/** Listeners by the name of their event: `on` of the calls that create or open something, so that nothing is missed. */
export type Listeners<E extends Event> = {
  readonly [Name in E['event']]?: (event: Extract<E, { event: Name }>) => void;
};

/** The sink that calls them. */
export function sinkOf<E extends Event>(listeners: Listeners<E>): EventSink<E> {
  const own = { ...listeners } as Readonly<Record<string, ((event: E) => void) | undefined>>;
  return (event) => deliver(event, own[event.event]);
}

/** A listener that throws is reported as uncaught, and never reaches the engine. */
export function deliver<E>(event: E, listener: ((event: E) => void) | undefined): void {
  try {
    listener?.(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** A bounded queue between a sink and one reader, who ends it when leaving. */
export class EventQueue<E> {
  readonly #waiting: E[] = [];
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => this.end();
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;

  constructor({ signal, limit = 1024 }: EventIteratorOptions = {}) {
    this.#limit = limit;
    this.#signal = signal;
    if (signal?.aborted) this.end();
    else signal?.addEventListener('abort', this.#abort);
  }

  push(event: E): void {
    if (this.#ended) return;
    if (this.#waiting.length >= this.#limit) {
      this.end(winpeerError('ERR_EVENT_OVERFLOW', `more than ${this.#limit} events wait for their reader`));
    } else {
      this.#waiting.push(event);
      this.#wake?.();
    }
  }

  /** After what waits; with an error the reader gets it then. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    // The signal may live on for long.
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#waiting.length > 0) return { value: this.#waiting.shift() as E, done: false };
    if (this.#error !== undefined) throw this.#error;
    return { value: undefined, done: true };
  }
}

import type { Timer } from '../../../lib/backend/contract/host.js';
import { filetimeFromDate } from '../../wire/filetime.js';

/** Who an event belongs to: the events of one that is gone never happen, and its callers don't count. */
export interface Owner {
  gone: boolean;
  /** How many callers wait on it. */
  callers: number;
}

interface Event {
  readonly at: number;
  readonly sequence: number;
  readonly owner: Owner | undefined;
  callback: (() => void) | undefined;
}

const EVENTS_OF_A_TURN = 16;

/**
 * The one clock and event queue of a virtual network. Time moves from event to event, and only while somebody waits:
 * a caller of some platform, or `advance`. It stands still while work is under way that takes real time. Events of one
 * instant happen in the order in which they were made; what an event sets off settles before the next one.
 */
export class VirtualTime {
  #heap: Event[] = [];
  /** Cancelled events that are still in the heap. */
  #cancelled = 0;
  readonly #start: bigint;
  readonly #advancing: { readonly until: number; readonly done: () => void }[] = [];
  #now = 0;
  #sequence = 0;
  #busy = 0;
  #callers = 0;
  #turning = false;

  constructor(start: Date) {
    this.#start = filetimeFromDate(start);
  }

  /** Milliseconds since the start. */
  get now(): number {
    return this.#now;
  }

  get filetime(): bigint {
    return this.#start + BigInt(Math.round(this.#now * 10_000));
  }

  after(ms: number, callback: () => void, owner?: Owner): Timer {
    if (owner?.gone) return { cancel: () => undefined };
    const event: Event = { at: this.#now + Math.max(0, ms), sequence: this.#sequence++, owner, callback };
    this.#push(event);
    this.#turn();
    return {
      cancel: () => {
        if (event.callback === undefined) return;
        event.callback = undefined;
        this.#cancelled += 1;
        // What is cancelled long before its time must not pile up.
        if (this.#cancelled > this.#heap.length / 2) this.#sweep();
      },
    };
  }

  async busy<T>(promise: Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await promise;
    } finally {
      this.#busy -= 1;
      this.#turn();
    }
  }

  async awaited<T>(owner: Owner, promise: Promise<T>): Promise<T> {
    owner.callers += 1;
    this.#callers += owner.gone ? 0 : 1;
    this.#turn();
    try {
      return await promise;
    } finally {
      owner.callers -= 1;
      this.#callers -= owner.gone ? 0 : 1;
    }
  }

  /** Nothing of the owner happens any more. */
  end(owner: Owner): void {
    if (owner.gone) return;
    this.#callers -= owner.callers;
    owner.gone = true;
    this.#sweep();
  }

  /** How many events are to come, of one owner or of all. */
  pending(owner?: Owner): number {
    return this.#heap.filter((it) => it.callback !== undefined && (owner === undefined || it.owner === owner)).length;
  }

  /** Lets `ms` pass; resolves when all that happens until then has happened. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`time can't advance by ${ms} ms`);
    await new Promise<void>((done) => {
      this.#advancing.push({ until: this.#now + ms, done });
      this.#turn();
    });
  }

  /**
   * Goes on at the end of the event loop's turn, with some events: behind each of them the loop settles what it set off, as
   * between turns, of which each costs as much as an event.
   */
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    for (let i = 1; i < EVENTS_OF_A_TURN; i++) setImmediate(() => this.#busy === 0 && this.#step());
    setImmediate(() => {
      this.#turning = false;
      if (this.#busy === 0 && this.#step()) this.#turn();
    });
  }

  /** One event; false when there is none that may happen now. */
  #step(): boolean {
    const next = this.#next();
    const until = this.#advancing.reduce((least, it) => Math.min(least, it.until), Number.POSITIVE_INFINITY);
    const mayHappen = until === Number.POSITIVE_INFINITY ? this.#callers > 0 : next !== undefined && next.at <= until;
    if (next !== undefined && mayHappen) {
      this.#pop();
      this.#now = next.at;
      const { callback } = next;
      next.callback = undefined;
      callback?.();
      return true;
    }
    if (until === Number.POSITIVE_INFINITY) return false;
    this.#now = Math.max(this.#now, until);
    const due = this.#advancing.findIndex((it) => it.until === until);
    this.#advancing.splice(due, 1)[0]?.done();
    return true;
  }

  /** The earliest event that has not been cancelled. */
  #next(): Event | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first?.callback !== undefined || first === undefined) return first;
      this.#pop();
      this.#cancelled -= 1;
    }
  }

  /** Drops what will not happen: the cancelled, and what belongs to owners that are gone. A sorted heap is one. */
  #sweep(): void {
    this.#heap = this.#heap.filter((it) => it.callback !== undefined && !it.owner?.gone);
    this.#heap.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent] as Event, event)) break;
      heap[index] = heap[parent] as Event;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (isBefore(last, heap[child] as Event)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

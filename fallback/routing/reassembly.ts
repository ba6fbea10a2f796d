import type { Clock, Timer } from '../../lib/backend/contract/host.js';
import { type Endpoint, endpointKey } from './entry.js';

/** [MS-PNRP] 2.2.2.6: fragments start at multiples of this, so a buffer has at most 32. */
const FRAGMENT_LENGTH = 1188;
/** Size of a complete AUTHORITY_BUFFER. */
const BUFFER_LIMIT = 0x91e4;
/** No message that waits for an answer lives longer, 3.1.6.3. */
const LIFETIME_MS = 2000;

export interface Fragment {
  /** Of the AUTHORITY: the same in all fragments of a buffer. */
  readonly messageId: number;
  /** Of the LOOKUP or INQUIRE that it answers. */
  readonly ackedMessageId: number;
  readonly from: Endpoint;
  readonly size: number;
  readonly offset: number;
  readonly fragment: Uint8Array;
}

interface Buffering {
  readonly ackedMessageId: number;
  readonly size: number;
  readonly parts: { readonly offset: number; readonly bytes: Uint8Array }[];
  readonly timer: Timer;
}

/**
 * The Reassembly List of [MS-PNRP] 3.1.1. Holds no more than what was received, and that within bounds: whoever offers
 * a fragment has seen that it answers something, and to that there are only so many answers.
 */
export class Reassembly {
  readonly #clock: Clock;
  readonly #limitPerRequest: number;
  readonly #byteLimit: number;
  readonly #dropped: (reason: string) => void;
  readonly #buffers = new Map<string, Buffering>();
  #bytes = 0;

  constructor(options: {
    readonly clock: Clock;
    /** Of buffers that answer one message. */
    readonly limitPerRequest: number;
    readonly byteLimit: number;
    /** Called for each fragment that is not kept. */
    readonly dropped: (reason: string) => void;
  }) {
    this.#clock = options.clock;
    this.#limitPerRequest = options.limitPerRequest;
    this.#byteLimit = options.byteLimit;
    this.#dropped = options.dropped;
  }

  get size(): number {
    return this.#buffers.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The complete buffer once its last fragment is there. A fragment that contradicts those before it deletes them all;
   * one that finds no room is dropped.
   */
  offer(offered: Fragment): Uint8Array | undefined {
    const { size, offset, fragment } = offered;
    const key = `${endpointKey(offered.from.address, offered.from.port)} ${offered.messageId}`;
    if (!isPossible(offered)) {
      this.#delete(key);
      return this.#drop('impossible fragment');
    }
    if (fragment.length === size) {
      this.#delete(key);
      return fragment;
    }
    const buffer = this.#buffers.get(key) ?? this.#create(key, offered);
    if (buffer === undefined) return this.#drop('reassembly list full');
    if (buffer.parts.some((part) => part.offset === offset && Buffer.compare(part.bytes, fragment) === 0)) {
      return undefined;
    }
    if (size !== buffer.size || offered.ackedMessageId !== buffer.ackedMessageId || overlaps(buffer, offered)) {
      this.#delete(key);
      return this.#drop('fragment contradicts those before');
    }
    if (this.#bytes + fragment.length > this.#byteLimit) return this.#drop('reassembly list full');
    // The fragment is a view of the datagram.
    buffer.parts.push({ offset, bytes: Uint8Array.from(fragment) });
    this.#bytes += fragment.length;
    if (heldBy(buffer) < size) return undefined;
    this.#delete(key);
    return Buffer.concat(buffer.parts.toSorted((a, b) => a.offset - b.offset).map(({ bytes }) => bytes));
  }

  /** 3.1.6.3: what was on its way to answer a message that was given up, or answered otherwise. */
  forget(ackedMessageId: number): void {
    for (const key of this.#answersTo(ackedMessageId)) this.#delete(key);
  }

  close(): void {
    for (const key of this.#buffers.keys()) this.#delete(key);
  }

  #create(key: string, { ackedMessageId, size, fragment }: Fragment): Buffering | undefined {
    if (this.#bytes + fragment.length > this.#byteLimit) return undefined;
    if ([...this.#answersTo(ackedMessageId)].length >= this.#limitPerRequest) return undefined;
    const timer = this.#clock.after(LIFETIME_MS, () => this.#delete(key));
    const buffer: Buffering = { ackedMessageId, size, parts: [], timer };
    this.#buffers.set(key, buffer);
    return buffer;
  }

  *#answersTo(ackedMessageId: number): Generator<string, void, undefined> {
    for (const [key, buffer] of this.#buffers) if (buffer.ackedMessageId === ackedMessageId) yield key;
  }

  #drop(reason: string): undefined {
    this.#dropped(reason);
  }

  #delete(key: string): void {
    const buffer = this.#buffers.get(key);
    if (buffer === undefined) return;
    buffer.timer.cancel();
    this.#bytes -= heldBy(buffer);
    this.#buffers.delete(key);
  }
}

function isPossible({ size, offset, fragment }: Fragment): boolean {
  return (
    size <= BUFFER_LIMIT &&
    offset % FRAGMENT_LENGTH === 0 &&
    fragment.length > 0 &&
    offset >= 0 &&
    offset + fragment.length <= size
  );
}

function overlaps({ parts }: Buffering, { offset, fragment }: Fragment): boolean {
  return parts.some((part) => offset < part.offset + part.bytes.length && part.offset < offset + fragment.length);
}

function heldBy({ parts }: Buffering): number {
  return parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

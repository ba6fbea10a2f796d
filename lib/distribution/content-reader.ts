import { createHash, timingSafeEqual } from 'node:crypto';
import type { SegmentHash } from '../backend/contract/cache-store.js';
import type { Content, ReadResult } from '../backend/contract/distribution.js';
import type { ContentDescription } from '../backend/contract/distribution-services.js';
import { isPeerError, winpeerError } from '../errors.js';
import type { Runtime } from '../runtime.js';

/** Bytes by where they came from. */
export interface ContentSources {
  readonly fromServer: number;
  readonly fromPeers: number;
  readonly fromHostedCache: number;
  /** This machine's own cache. */
  readonly fromCache: number;
}

/**
 * The bytes from `start` up to, not including, `end`, from the content server, unless the signal says that nobody wants
 * them any more; it throws where they are another content's.
 */
export type Origin = (start: number, end: number, signal: AbortSignal) => Promise<Uint8Array>;

export interface ContentReaderOptions {
  readonly runtime: Runtime;
  readonly content: Content;
  readonly description: ContentDescription;
  readonly origin: Origin;
  /** Milliseconds that a read waits for peers. */
  readonly timeoutMs: number;
  readonly progress?: (sources: ContentSources) => void;
}

/** What can be checked by itself: a block of version 1, a segment of version 2. [MS-PCCRC] 2.2 */
interface Unit {
  readonly start: number;
  readonly end: number;
  readonly hash: Uint8Array;
}

/** Units that are asked for together, at first and where nobody but the origin has any: each of its answers costs a round trip. */
const FEWEST_UNITS = 16;
const MOST_UNITS = 64;

/**
 * Reads a content whose content information is known: each unit from the cache, peers or a hosted cache, and what they lack
 * from the content server, checked against the same hashes. [MS-PCCRTP] 3.1.5.1, [CCROD] 2.8
 */
export class ContentReader {
  readonly #options: ContentReaderOptions;
  readonly #start: number;
  readonly #end: number;
  readonly #closing = new AbortController();
  readonly #sources = { fromServer: 0, fromPeers: 0, fromHostedCache: 0, fromCache: 0 };

  constructor(options: ContentReaderOptions) {
    const { offset, length } = options.description;
    this.#options = options;
    this.#start = Number(offset);
    this.#end = Number(offset + length);
  }

  get sources(): ContentSources {
    return { ...this.#sources };
  }

  /** The bytes of the range in order. Closes the content at the end. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      const units = unitsOf(this.#options.description).filter(
        ({ start, end }) => end > this.#start && start < this.#end,
      );
      if (units[0] === undefined || units[0].start > this.#start || (units.at(-1)?.end ?? 0) < this.#end) {
        throw winpeerError('ERR_CONTENT_CHANGED', 'the content information does not list all blocks of its range');
      }
      let size = FEWEST_UNITS;
      let at = 0;
      const load = (): Promise<readonly Uint8Array[]> | undefined => {
        const group = units.slice(at, at + size);
        if (group.length === 0) return undefined;
        at += group.length;
        const loading = this.#load(group).then(({ parts, missing }) => {
          size = missing === group.length ? Math.min(2 * size, MOST_UNITS) : FEWEST_UNITS;
          return parts;
        });
        // It may fail before anybody waits for it.
        loading.catch(() => undefined);
        return loading;
      };
      for (let next = load(); next !== undefined; ) {
        const parts = await next;
        // While these are used the next ones come.
        next = load();
        yield* parts;
      }
    } finally {
      await this.close();
    }
  }

  /** Closes the content at once, whoever waits for peers or for the content server. Closing twice is fine. */
  async close(): Promise<void> {
    const { runtime, content } = this.#options;
    this.#closing.abort();
    await runtime.end(() => content.close());
  }

  async #load(group: readonly Unit[]): Promise<{ readonly parts: readonly Uint8Array[]; readonly missing: number }> {
    const found = await Promise.all(group.map((unit) => this.#fromOthers(unit)));
    const missing = found.filter((it) => it === undefined).length;
    for (let first = found.indexOf(undefined); first !== -1; first = found.indexOf(undefined)) {
      let last = first;
      while (last + 1 < found.length && found[last + 1] === undefined) last++;
      const run = await this.#fromOrigin(group.slice(first, last + 1));
      found.splice(first, run.length, ...run);
    }
    return { parts: found as readonly Uint8Array[], missing };
  }

  /** What of the unit is in the range; undefined where it is not to be had but from the content server. */
  async #fromOthers(unit: Unit): Promise<Uint8Array | undefined> {
    const { runtime, content, timeoutMs } = this.#options;
    const { start, end } = this.#within(unit);
    const parts: Uint8Array[] = [];
    const counted: [Source, number][] = [];
    for (let at = start; at < end; ) {
      const max = end - at;
      const result = await optional(() =>
        runtime.wait('PeerDistClientBlockRead', () => content.blockRead(BigInt(at), { max, timeoutMs })),
      );
      if (result?.kind !== 'data' || result.bytes.length === 0) return undefined;
      parts.push(result.bytes);
      counted.push([result.source ?? 'peer', result.bytes.length]);
      at += result.bytes.length;
    }
    for (const [source, bytes] of counted) this.#count(source, bytes);
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  /** A run of whole units: none of them can be checked in part. */
  async #fromOrigin(run: readonly [Unit, ...Unit[]] | readonly Unit[]): Promise<Uint8Array[]> {
    const { runtime, content, description, origin } = this.#options;
    const [first, last] = [run[0] as Unit, run.at(-1) as Unit];
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const bytes = await origin(first.start, last.end, signal);
    const parts = run.map((unit) => {
      const whole = bytes.subarray(unit.start - first.start, unit.end - first.start);
      if (!matches(description.algorithm, unit.hash, whole)) {
        throw winpeerError('ERR_CONTENT_CHANGED', 'the content server gave other bytes than its hashes are of');
      }
      const { start, end } = this.#within(unit);
      this.#count('origin', end - start);
      return whole.subarray(start - unit.start, end - unit.start);
    });
    await optional(() => runtime.wait('PeerDistClientAddData', () => content.addData(BigInt(first.start), bytes)));
    return parts;
  }

  #within({ start, end }: Unit): { readonly start: number; readonly end: number } {
    return { start: Math.max(start, this.#start), end: Math.min(end, this.#end) };
  }

  #count(source: Source, bytes: number): void {
    this.#sources[COUNTERS[source]] += bytes;
    this.#options.progress?.(this.sources);
  }
}

/** Where the service fails there still is the content server; but what has been closed or cancelled ends. */
async function optional<T>(use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch (error) {
    const ended = isPeerError(error, 'PEER_E_NOT_INITIALIZED') || isPeerError(error, 'ERROR_OPERATION_ABORTED');
    if (ended || !isPeerError(error)) throw error;
    return undefined;
  }
}

type Source = NonNullable<Extract<ReadResult, { kind: 'data' }>['source']>;

const COUNTERS = {
  origin: 'fromServer',
  peer: 'fromPeers',
  'hosted-cache': 'fromHostedCache',
  cache: 'fromCache',
} as const satisfies Record<Source, keyof ContentSources>;

/** [MS-PCCRC] 2.1 */
const BLOCK_SIZE = 65_536;

function unitsOf({ segments, version }: ContentDescription): Unit[] {
  return segments.flatMap(({ offset, length, hashOfData, blocks }) => {
    const start = Number(offset);
    if (version === 2) return [{ start, end: start + length, hash: hashOfData }];
    return blocks.map(({ index, hash }) => ({
      start: start + index * BLOCK_SIZE,
      end: start + Math.min((index + 1) * BLOCK_SIZE, length),
      hash,
    }));
  });
}

function matches(algorithm: SegmentHash, hash: Uint8Array, bytes: Uint8Array): boolean {
  const digest = createHash(algorithm === 'sha512-256' ? 'sha512' : algorithm)
    .update(bytes)
    .digest();
  return timingSafeEqual(digest.subarray(0, hash.length), hash);
}

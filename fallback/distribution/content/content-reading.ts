import type { CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import type { ReadResult } from '../../../lib/backend/contract/distribution.js';
import type { Clock } from '../../../lib/backend/contract/host.js';
import type { Log } from '../log.js';
import type { Download, WantedBlocks } from '../session/download.js';
import type { Taken } from '../session/segment-session.js';
import type { BlockServer } from '../session/server.js';
import { AddedData } from './added-data.js';
import type { BufferedBlock } from './block-buffer.js';
import { checkedBlock } from './checked-block.js';
import type { BlockPlace, ContentMap, MappedSegment } from './content-map.js';
import type { LocalBlocks } from './local-blocks.js';

/** How far reads fetch ahead, and tell of missing bytes, at most: half of what a content holds itself. */
const LOOK_AHEAD = 4n << 20n;
/** Blocks of the origin that the cache is given at once: a disk makes many safe in the time of one. */
const KEPT_TOGETHER = 16;
/** What a DWORD of Windows counts. */
const COUNT_LIMIT = 0xffff_ffff;

export interface Read {
  readonly max: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ContentReadingOptions {
  readonly map: ContentMap;
  readonly clock: Clock;
  readonly log: Log;
  readonly local: LocalBlocks;
  /** Makes the download, which hands over what servers give. */
  readonly download: (take: Take) => Download;
  /** A block came from the origin. */
  readonly fromOrigin: (place: BlockPlace) => void;
}

type Take = (segment: MappedSegment, index: number, block: CachedBlock, server: BlockServer) => Taken | undefined;

/** The bytes of one content: from this machine, from whoever has them, or which ones the origin must give. */
export class ContentReading {
  readonly map: ContentMap;
  readonly #options: ContentReadingOptions;
  readonly #download: Download;
  readonly #added = new AddedData();
  /** Blocks that the cache is taking in. */
  readonly #keeping = new Set<Promise<void>>();

  constructor(options: ContentReadingOptions) {
    this.#options = options;
    this.map = options.map;
    this.#download = options.download((segment, index, block, server) =>
      this.#take(segment.place(index), block, server),
    );
  }

  get hasFlashCrowd(): boolean {
    return this.#download.hasFlashCrowd;
  }

  /** Undefined outside of the content. */
  async read(offset: bigint, read: Read): Promise<ReadResult | undefined> {
    const { map } = this;
    const place = offset < map.start || offset >= map.end ? undefined : map.at(offset);
    if (place === undefined) return undefined;
    if (read.max === 0) return this.#count(offset);
    // What is on its way is not in the cache.
    const { local } = this.#options;
    const here = this.#download.isWanted(place) ? local.held(place) : await local.get(place);
    return here === undefined ? this.#fetch(place, offset, read) : this.#data(place, offset, read.max, here);
  }

  /** Bytes of the origin, which are checked block by block; resolves when the cache keeps what is right. */
  async add(offset: bigint, bytes: Uint8Array): Promise<void> {
    const { local, log, fromOrigin } = this.#options;
    let keeping: Promise<void>[] = [];
    for (const { place, bytes: whole } of this.#added.add(this.map, offset, bytes)) {
      if (!place.segment.holds(place.index, whole)) {
        log.dropped('wrong data of the origin', place);
        continue;
      }
      log.took(place, 'origin');
      keeping.push(this.#kept(local.keep(place, whole, 'origin')).then(() => fromOrigin(place)));
      if (keeping.length < KEPT_TOGETHER) continue;
      await Promise.all(keeping);
      keeping = [];
    }
    await Promise.all(keeping);
  }

  /** What goes on is cut off; resolves when nothing is being kept any more. */
  async end(): Promise<void> {
    this.#download.end();
    await Promise.all(this.#keeping);
    this.#options.local.clear();
  }

  async #fetch(place: BlockPlace, offset: bigint, { max, timeoutMs, signal }: Read): Promise<ReadResult> {
    const { local, log } = this.#options;
    const absent = await this.#absent(offset, max);
    const wanted = wantedBlocks(absent);
    const kind = timeoutMs === 0 ? 'missing' : await this.#wait(wanted, timeoutMs, signal);
    const here = await local.get(place);
    if (here !== undefined) return this.#data(place, offset, max, here);
    if (!signal.aborted) log.missing(place, kind);
    return { kind, offset, length: this.#missingLength(absent, offset, max) };
  }

  /** Resolves when the first block came, or it is known why not. */
  async #wait(wanted: readonly WantedBlocks[], timeoutMs: number, signal: AbortSignal): Promise<'missing' | 'timeout'> {
    const { clock } = this.#options;
    let over = (): void => undefined;
    const late = new Promise<'timeout'>((resolve) => {
      over = () => resolve('timeout');
    });
    const timer = clock.after(timeoutMs, over);
    signal.addEventListener('abort', over, { once: true });
    const kind = await Promise.race([late, this.#download.fetch(wanted).then(() => 'missing' as const)]);
    timer.cancel();
    signal.removeEventListener('abort', over);
    if (kind === 'timeout') this.#download.rest(wanted);
    return kind;
  }

  /** The blocks that are not here, of those that a read may be about. */
  #absent(offset: bigint, max: number): Promise<BlockPlace[]> {
    const places = [...this.map.blocks(offset, this.#horizon(offset, max))];
    return this.#options.local.absent(places, (place) => this.#download.isWanted(place));
  }

  #horizon(offset: bigint, max: number): bigint {
    const ahead = BigInt(max) < LOOK_AHEAD ? BigInt(max) : LOOK_AHEAD;
    return offset + ahead < this.map.end ? offset + ahead : this.map.end;
  }

  /** From `offset` up to the first block that is here or may still come. */
  #missingLength(absent: readonly BlockPlace[], offset: bigint, max: number): number {
    let end = offset;
    for (const place of absent) {
      if (place.offset > end || this.#options.local.held(place) !== undefined) break;
      // The first one is missing in any case.
      if (end > offset && this.#download.mayCome(place)) break;
      end = place.offset + BigInt(place.length);
    }
    const horizon = this.#horizon(offset, max);
    return Number((end < horizon ? end : horizon) - offset);
  }

  #data(place: BlockPlace, offset: bigint, max: number, { bytes, source }: BufferedBlock): ReadResult {
    const from = Number(offset - place.offset);
    const end = Math.min(bytes.length, Number(this.map.end - place.offset), from + max);
    const part = Uint8Array.from(bytes.subarray(from, end));
    return { kind: 'data', offset, bytes: part, available: part.length, source };
  }

  /** How many bytes are here in one piece. */
  async #count(offset: bigint): Promise<ReadResult> {
    const { map } = this;
    let at = offset;
    while (at < map.end && at - offset < COUNT_LIMIT) {
      const places = [...map.blocks(at, this.#horizon(at, COUNT_LIMIT))];
      const [gap] = await this.#options.local.absent(places, () => false);
      const last = places.at(-1) as BlockPlace;
      at = gap === undefined ? last.offset + BigInt(last.length) : gap.offset;
      if (gap !== undefined) break;
    }
    const end = at < map.end ? at : map.end;
    const available = Math.min(COUNT_LIMIT, Math.max(0, Number(end - offset)));
    return { kind: 'data', offset, bytes: new Uint8Array(0), available };
  }

  #take(place: BlockPlace, block: CachedBlock, server: BlockServer): Taken | undefined {
    const { local, log } = this.#options;
    const bytes = checkedBlock(place, block);
    if (bytes === undefined) {
      log.dropped('wrong block', place, server);
      return undefined;
    }
    log.took(place, server.kind, server);
    return { kept: this.#kept(local.keep(place, bytes, server.kind)) };
  }

  /** Whoever ends the reading waits for it. */
  #kept(keeping: Promise<void>): Promise<void> {
    this.#keeping.add(keeping);
    return keeping.finally(() => this.#keeping.delete(keeping));
  }
}

function wantedBlocks(places: readonly BlockPlace[]): WantedBlocks[] {
  const wanted: { readonly segment: MappedSegment; readonly indexes: number[] }[] = [];
  for (const { segment, index } of places) {
    const last = wanted.at(-1);
    if (last?.segment.index === segment.index) last.indexes.push(index);
    else wanted.push({ segment, indexes: [index] });
  }
  return wanted;
}

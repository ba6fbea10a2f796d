import type { CachedBlock, CacheStore } from '../../../lib/backend/contract/cache-store.js';
import type { Log } from '../log.js';
import { BlockBuffer, type BlockSource, type BufferedBlock } from './block-buffer.js';
import { checkedBlock } from './checked-block.js';
import type { BlockPlace, MappedSegment } from './content-map.js';

const NO_IV: Readonly<Uint8Array> = new Uint8Array(0);

/** Segments of which it is remembered that the cache knows them. */
const KNOWN_SEGMENTS = 64;

/** The blocks of a content on this machine: what it holds itself, and what the cache has. All of them are checked. */
export class LocalBlocks {
  readonly #log: Log;
  readonly #buffer = new BlockBuffer();
  readonly #cache: CacheStore | undefined;
  /** Undefined: nothing is given to the cache. */
  readonly #tag: string | undefined;
  /** Segments that the cache has been told of, by name. */
  readonly #known = new Map<string, Promise<void>>();

  constructor(log: Log, cache: CacheStore | undefined, tag: string | undefined) {
    this.#log = log;
    this.#cache = cache;
    this.#tag = tag;
  }

  async get(place: BlockPlace): Promise<BufferedBlock | undefined> {
    return this.#buffer.get(place) ?? this.#fromCache(place);
  }

  /** What the content holds itself. */
  held(place: BlockPlace): BufferedBlock | undefined {
    return this.#buffer.get(place);
  }

  /** Those that are not here; what is known to be missing is not looked for in the cache. */
  async absent(places: readonly BlockPlace[], isMissing: (place: BlockPlace) => boolean): Promise<BlockPlace[]> {
    const unknown = places.filter((place) => !this.#buffer.has(place) && !isMissing(place));
    const segments = new Map(unknown.map(({ segment }) => [segment.index, segment]));
    const cached = new Map(
      await Promise.all([...segments].map(async ([index, segment]) => [index, await this.#cached(segment)] as const)),
    );
    return places.filter((place) => !this.#buffer.has(place) && !cached.get(place.segment.index)?.has(place.index));
  }

  /** Takes in a block that was checked; resolves when the cache keeps it, as far as it does. */
  async keep(place: BlockPlace, bytes: Uint8Array, source: BlockSource): Promise<void> {
    this.#buffer.put(place, { bytes, source });
    const { segment, index } = place;
    if (this.#cache === undefined || this.#tag === undefined) return;
    await this.#introduce(segment, this.#cache, this.#tag);
    const kept = await this.#cache.addBlock(segment.name, index, { cipher: 'none', iv: NO_IV, bytes });
    // It may have made room for others since.
    if (!kept) this.#known.delete(segment.name);
  }

  clear(): void {
    this.#buffer.clear();
  }

  async #cached(segment: MappedSegment): Promise<ReadonlySet<number>> {
    return new Set((await this.#cache?.segment(segment.name))?.blocks);
  }

  async #fromCache(place: BlockPlace): Promise<BufferedBlock | undefined> {
    const { segment, index } = place;
    const cached: CachedBlock | undefined = await this.#cache?.block(segment.name, index);
    if (cached === undefined) return undefined;
    const bytes = checkedBlock(place, cached);
    if (bytes === undefined) {
      // A hosted cache can't check what it is offered, and a partial list of hashes tells little of a segment.
      this.#log.dropped('wrong block in the cache', place);
      await this.#cache?.removeBlock(segment.name, index);
      return undefined;
    }
    this.#log.took(place, 'cache');
    const block: BufferedBlock = { bytes, source: 'cache' };
    this.#buffer.put(place, block);
    return block;
  }

  #introduce(segment: MappedSegment, cache: CacheStore, tag: string): Promise<void> {
    const known = this.#known.get(segment.name);
    if (known !== undefined) return known;
    const { name: id, length, blockSize, keys } = segment;
    const introduced = cache.addSegment({ id, length, blockSize, tags: [tag], keys });
    this.#known.set(id, introduced);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KNOWN_SEGMENTS && oldest !== undefined) this.#known.delete(oldest);
    return introduced;
  }
}

import { createHash } from 'node:crypto';
import type { Clock, Store, Stores } from '../../../lib/backend/contract/host.js';
import { DecodeError } from '../../wire/decode-error.js';

/** What is kept at most; what was used longest ago goes first. */
export interface KeptLimits {
  /** Contents, each in a store of its own. */
  readonly contents: number;
  /** Of content information. */
  readonly bytes: number;
}

/** The bytes are what the published-hash cache of Windows has of a disk of 25 GB: 1 %. */
const LIMITS: KeptLimits = { contents: 4096, bytes: 256 << 20 };
/** Uses are noted that often: noting one writes the whole list. */
const NOTE_USE_TICKS = 864_000_000_000n;

const ID = 'content-id';

/** Content information of a whole content, by its version. */
export type WholeInformation = ReadonlyMap<1 | 2, Uint8Array>;

/** Where the information of a content is. */
interface Place {
  readonly slot: number;
  readonly bytes: number;
  /** FILETIME. */
  readonly used: bigint;
}

/**
 * Content information that outlives its platform. The store `publications` has, by the SHA-256 of the content id, which of
 * the stores `publication-0` and so on holds it, its bytes, and when it was used last: u32, u32, u64, big-endian. Those
 * hold the content id, and the content information by its version. What a crash left halfway is not found, or is
 * overwritten.
 */
export class KeptPublications {
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #limits: KeptLimits;

  constructor(stores: Stores, clock: Clock, limits = LIMITS) {
    this.#stores = stores;
    this.#clock = clock;
    this.#limits = limits;
  }

  async keep(contentId: Uint8Array, information: WholeInformation): Promise<void> {
    const bytes = [...information.values()].reduce((sum, it) => sum + it.length, 0);
    if (bytes > this.#limits.bytes) return;
    const key = keyOf(contentId);
    let slot = 0;
    await this.#withIndex((index) =>
      index.update((current) => {
        const places = new Map([...current].map(([name, value]) => [name, readPlace(value)]));
        slot = places.get(key)?.slot ?? firstFree(places.values());
        places.set(key, { slot, bytes, used: this.#clock.filetime() });
        const gone = surplus(places, this.#limits);
        return new Map<string, Uint8Array | undefined>([
          [key, writePlace(places.get(key) as Place)],
          ...gone.map((name) => [name, undefined] as const),
        ]);
      }),
    );
    await this.#withSlot(slot, (store) =>
      store.update((current) => {
        const entries = new Map<string, Uint8Array | undefined>([...current.keys()].map((name) => [name, undefined]));
        for (const [version, it] of information) entries.set(String(version), it);
        return entries.set(ID, contentId);
      }),
    );
  }

  /** Undefined where there is none. */
  async find(contentId: Uint8Array): Promise<WholeInformation | undefined> {
    const key = keyOf(contentId);
    return this.#withIndex(async (index) => {
      const noted = await index.get(key);
      if (noted === undefined) return undefined;
      const { slot, bytes, used } = readPlace(noted);
      const found = await this.#withSlot(slot, (store) => read(store, contentId));
      const now = this.#clock.filetime();
      if (found !== undefined && now > used + NOTE_USE_TICKS) {
        await index.update((current) =>
          current.has(key) ? new Map([[key, writePlace({ slot, bytes, used: now })]]) : new Map(),
        );
      }
      return found;
    });
  }

  #withIndex<T>(use: (store: Store) => Promise<T>): Promise<T> {
    return this.#with('publications', use);
  }

  #withSlot<T>(slot: number, use: (store: Store) => Promise<T>): Promise<T> {
    return this.#with(`publication-${slot}`, use);
  }

  async #with<T>(name: string, use: (store: Store) => Promise<T>): Promise<T> {
    const store = await this.#stores.open(name);
    return use(store).finally(() => store.close());
  }
}

/** A slot that another content took over meanwhile has nothing of this one. */
async function read(store: Store, contentId: Uint8Array): Promise<WholeInformation | undefined> {
  const entries = new Map(await store.range(''));
  if (Buffer.compare(entries.get(ID) ?? new Uint8Array(0), contentId) !== 0) return undefined;
  return new Map(
    ([1, 2] as const).flatMap((version) => {
      const it = entries.get(String(version));
      return it === undefined ? [] : [[version, it] as const];
    }),
  );
}

function keyOf(contentId: Uint8Array): string {
  return createHash('sha256').update(contentId).digest('hex');
}

function firstFree(places: Iterable<Place>): number {
  const taken = new Set([...places].map(({ slot }) => slot));
  let slot = 0;
  while (taken.has(slot)) slot += 1;
  return slot;
}

/** What has to go, the least recently used first. */
function surplus(places: ReadonlyMap<string, Place>, limits: KeptLimits): string[] {
  const oldestFirst = [...places].sort(([, a], [, b]) => (a.used < b.used ? -1 : a.used > b.used ? 1 : 0));
  let bytes = oldestFirst.reduce((sum, [, it]) => sum + it.bytes, 0);
  let count = oldestFirst.length;
  const gone: string[] = [];
  for (const [name, it] of oldestFirst) {
    if (count <= limits.contents && bytes <= limits.bytes) break;
    gone.push(name);
    count -= 1;
    bytes -= it.bytes;
  }
  return gone;
}

function readPlace(value: Uint8Array): Place {
  if (value.length !== 16) throw new DecodeError('place', 0, `has ${value.length} bytes`);
  const buffer = Buffer.from(value);
  return { slot: buffer.readUInt32BE(0), bytes: buffer.readUInt32BE(4), used: buffer.readBigUInt64BE(8) };
}

function writePlace({ slot, bytes, used }: Place): Uint8Array {
  const buffer = Buffer.alloc(16);
  buffer.writeUInt32BE(slot, 0);
  buffer.writeUInt32BE(bytes, 4);
  buffer.writeBigUInt64BE(used, 8);
  return buffer;
}

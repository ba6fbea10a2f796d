import type { Platform } from 'winpeer';
import type { CachedBlock, CacheStore, ContentDescription, ContentOptions } from 'winpeer/distribution';
import { type Network, type NetworkPlatformOptions, network } from 'winpeer/testing';
import { bytes, informationOf, opened, publish } from '../conformance/distribution-asking.ts';

/** Bytes by where they came from, as `stats()` counts them. */
export type Sources = Readonly<Record<'cache' | 'peer' | 'hosted-cache' | 'origin', number>>;

export interface DistributionStats {
  readonly blocks: Sources;
  readonly bytes: Sources;
  readonly reads: { readonly missing: number; readonly timeout: number };
  readonly dropped: Readonly<Record<string, number>>;
  readonly errors: number;
  readonly discovery: { readonly sent: Readonly<Record<string, number>> };
}

export async function statsOf(platform: Platform): Promise<DistributionStats> {
  return (await platform.stats()).distribution as unknown as DistributionStats;
}

export const NONE: Sources = { cache: 0, peer: 0, 'hosted-cache': 0, origin: 0 };

/** An office on one link, and beyond it the origin of a content. */
export class Office {
  readonly net: Network;
  readonly content: Uint8Array;
  readonly #origin: Platform;
  readonly #published: Promise<void>;

  constructor(length: number, seed: number | string = 1) {
    this.net = network({ seed, dns: { 'cache.example': ['2001:db8::2'] } });
    this.content = bytes('office', length);
    this.#origin = this.net.platform({ link: 'far away' });
    this.#published = publish(this.#origin, 'office', this.content);
  }

  async information(version: 1 | 2, range?: { readonly offset: bigint; readonly length: bigint }): Promise<Uint8Array> {
    await this.#published;
    const options = { minVersion: version, maxVersion: version, ...(range === undefined ? {} : { range }) };
    return informationOf(this.#origin, 'office', options);
  }

  async describe(version: 1 | 2): Promise<ContentDescription> {
    return this.#origin.distribution.describe(await this.information(version));
  }

  /** A machine of the office that serves its cache. */
  async peer(options: NetworkPlatformOptions = {}): Promise<Platform> {
    const platform = this.net.platform(options);
    await platform.distribution.peerCache();
    return platform;
  }

  /** Reads the content with the origin's help, as programs do; how many bytes the origin had to give. */
  async read(platform: Platform, information: Uint8Array, options: ContentOptions = {}, max = 1_000_000) {
    const content = await opened(platform, information, options);
    const parts: Uint8Array[] = [];
    let asked = 0;
    for (;;) {
      const result = await content.streamRead({ max });
      if (result === undefined) break;
      if (result.kind === 'data') {
        parts.push(result.bytes);
        continue;
      }
      const offset = Number(result.offset);
      const given = this.content.subarray(offset, offset + result.length);
      await content.addData(result.offset, given);
      parts.push(given);
      asked += result.length;
    }
    await content.close();
    return { bytes: Buffer.concat(parts), asked };
  }
}

/** A cache that has all of a content, and gives what it likes. */
export function fullStore(
  { algorithm, segments, version }: ContentDescription,
  content: Uint8Array,
  give: (block: CachedBlock, index: number) => CachedBlock | undefined | Promise<CachedBlock | undefined>,
): CacheStore {
  const known = new Map(segments.map((segment) => [Buffer.from(segment.id).toString('hex'), segment]));
  const blockSizeOf = (length: number): number => (version === 1 ? 65_536 : length);
  return {
    segment: async (id) => {
      const segment = known.get(id);
      if (segment === undefined) return undefined;
      const { length, hashOfData, secret } = segment;
      const blockSize = blockSizeOf(length);
      const blocks = Array.from({ length: Math.ceil(length / blockSize) }, (_, index) => index);
      const keys = { algorithm, hashOfData, secret, blockHashes: [] };
      return { id, length, blockSize, tags: [], created: 0n, blocks, keys };
    },
    block: async (id, index) => {
      const segment = known.get(id);
      if (segment === undefined) return undefined;
      const from = Number(segment.offset) + index * blockSizeOf(segment.length);
      const end = Math.min(from + blockSizeOf(segment.length), Number(segment.offset) + segment.length);
      return give({ cipher: 'none', iv: new Uint8Array(0), bytes: content.subarray(from, end) }, index);
    },
    addSegment: async () => undefined,
    addBlock: async () => false,
    removeBlock: async () => undefined,
    removeSegment: async () => undefined,
    flush: async () => 0,
    clear: async () => undefined,
    usage: async () => ({ segments: 0, blocks: 0, bytes: 0, limit: 0 }),
    close: async () => undefined,
  };
}

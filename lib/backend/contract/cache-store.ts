/**
 * Where the segments that a peer or a hosted cache serves are kept. Segments go by their identifier (HoHoDk, lower-case
 * hexadecimal text), blocks by segment and index. What a call acknowledged survives the end of the process. A store
 * that can't be reached, or that can't keep more, loses nothing but time: reads find nothing then, and writes keep
 * nothing; `usage` says why. What no protocol can name is unknown, and not kept.
 */
export interface CacheStore {
  /** The segment and which of its blocks are here, for reading alone; undefined for one that is unknown. */
  segment(id: string): Promise<CachedSegment | undefined>;
  /** Makes the segment known, or adds to what is known of it: tags, keys, and the hashes of blocks that had none. */
  addSegment(segment: NewSegment): Promise<void>;
  /** A block that reads back as it was given; a use of its segment. */
  block(id: string, index: number): Promise<CachedBlock | undefined>;
  /**
   * Keeps a block of a known segment; one that is here already stays. False where it was not kept: the segment is unknown,
   * or the store is full or away. The least recently used segments make room.
   */
  addBlock(id: string, index: number, block: CachedBlock): Promise<boolean>;
  removeBlock(id: string, index: number): Promise<void>;
  removeSegment(id: string): Promise<void>;
  /**
   * Takes the tag from its segments, and removes those that have no other; how many bytes that freed. Rejects where the
   * store can't be reached, as `clear` does: nobody shall take for removed what is not.
   */
  flush(tag: string): Promise<number>;
  clear(): Promise<void>;
  usage(): Promise<CacheUsage>;
  close(): Promise<void>;
}

export interface NewSegment {
  /** Of 32, 48 or 64 bytes. */
  readonly id: string;
  /** Bytes. */
  readonly length: number;
  /** Bytes of each block but the last: 65,536 in version 1, the segment's length in version 2. At most 512 blocks. */
  readonly blockSize: number;
  /** Content tags, 16 bytes as lower-case hexadecimal text; a segment has the first 16 that it is given. */
  readonly tags: readonly string[];
  /** What checks and encrypts the blocks; unknown for segments that a batched offer named. [MS-PCHC] 2.2.1.5 */
  readonly keys?: SegmentKeys;
}

/** [MS-PCCRC] 2.2 */
export interface SegmentKeys {
  readonly algorithm: SegmentHash;
  /** HoD. */
  readonly hashOfData: Uint8Array;
  /** Kp. */
  readonly secret: Uint8Array;
  /** By index, as far as they are known; none in version 2, where the segment is its only block. */
  readonly blockHashes: readonly (Uint8Array | undefined)[];
}

/** The last is SHA-512 cut to 32 bytes, of version 2. */
export type SegmentHash = 'sha256' | 'sha384' | 'sha512' | 'sha512-256';

export interface CachedSegment extends NewSegment {
  /** Wall time of its first appearance here: 100 ns ticks since 1601-01-01 UTC. */
  readonly created: bigint;
  /** Indexes of the blocks that are here, rising. */
  readonly blocks: readonly number[];
}

/** A block as it goes over the wire, [MS-PCCRR] 2.2.5.3; `none` is plain and was checked. */
export interface CachedBlock {
  readonly cipher: BlockCipher;
  /** 16 bytes; none where the block is plain. */
  readonly iv: Uint8Array;
  readonly bytes: Uint8Array;
}

/** [MS-PCCRR] 2.2.3, CryptoAlgoId 0 to 3. */
export type BlockCipher = 'none' | 'aes-128' | 'aes-192' | 'aes-256';

export interface CacheUsage {
  readonly segments: number;
  readonly blocks: number;
  /** What segments and blocks take, each in units of 4,096 bytes, as files do. */
  readonly bytes: number;
  /** Of `bytes`: less than what was asked for where other files leave the disk no more. */
  readonly limit: number;
  /** Why reads may miss and writes keep nothing at present; a sentence. */
  readonly fault?: string;
}

/** The port that opens stores. */
export interface CacheStores {
  /**
   * The cache of the home, which its processes share; or another folder's, or a Redis server's, that hosted caches share.
   * Rejects for a cache of a newer release, with `StoreFormatError`, and for a location that can't be; a store that is
   * away opens.
   */
  open(location?: CacheLocation): Promise<CacheStore>;
}

export interface CacheLocation {
  /** A folder in place of the home's. */
  readonly folder?: string;
  /** `redis://host:port/db`, in place of the disk. */
  readonly redis?: string;
  /**
   * Bytes that the store may take; 5 % of the disk, or 1 GiB of a Redis server, unless given. Of those who have a store
   * open together the last who gave one decides.
   */
  readonly limit?: number;
}

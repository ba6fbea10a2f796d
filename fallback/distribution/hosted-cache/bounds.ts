/** How much is done for those who offer. [MS-PCHC] names no bounds. */
export const Limit = {
  /** Segments that are fetched at once: in all, and from one address. */
  PULLS: 64,
  PULLS_OF_SOURCE: 2,
  /** Segments that wait to be fetched: in all, and from one address, from which four full offers may come together. */
  WAITING: 8192,
  WAITING_OF_SOURCE: 512,
  /** Blocks of a segment that are fetched at once: a peer of Windows serves 64 requests in all, [MS-PCCRR] 3.2.1. */
  BLOCKS: 4,
  /** Requests of retrieval that are worked on at once. [MS-PCCRR] 3.2.1, note 13 */
  CLIENTS: 1024,
  /** Content tags that are counted one by one. */
  TAGS: 64,
} as const;

export const Time = {
  /** For one segment: 32 MB by a line of 3 Mbit/s. */
  PULL_MS: 90_000,
} as const;

/** Of who offers. */
export const ClientLimit = {
  /** Segments whose blocks are counted, because they lack some. */
  SEGMENTS: 4096,
} as const;

export const ClientTime = {
  /** [MS-PCHC] 3.2.2: how long a tick is, and how many of them a request may wait. */
  TICK_MS: 5000,
  TICKS: 2,
  /** How long the first segment of a batched offer waits for others. No document says. */
  BATCH_MS: 1000,
} as const;

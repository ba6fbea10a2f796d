/** The numbers of [MS-PCCRR], under its names, each with its section. */

/** Where a server listens for POST. 2.1.1 */
export const PATH = '/116B50EB-ECE2-41ac-8429-9F9E963361B7/';

/** MsgType. 2.2.3 */
export const MessageType = {
  MSG_NEGO_REQ: 0,
  MSG_NEGO_RESP: 1,
  MSG_GETBLKLIST: 2,
  MSG_GETBLKS: 3,
  MSG_BLKLIST: 4,
  MSG_BLK: 5,
  MSG_GETSEGLIST: 6,
  MSG_SEGLIST: 7,
} as const;

/** The major versions that are spoken here. 1.7 */
export const MIN_MAJOR = 1;
export const MAX_MAJOR = 2;

/** Sizes in bytes. */
export const HEADER_LENGTH = 16;
export const REQUEST_ID_LENGTH = 16;
/** SegmentID, by the hash that makes it: SHA-256 and that of version 2, SHA-384, SHA-512. */
export const SEGMENT_ID_LENGTHS: readonly number[] = [32, 48, 64];
export const IV_LENGTH = 16;

export const Limit = {
  /** MsgSize. 2.2.3 */
  REQUEST: 98_304,
  /** MsgSize; 2.2.2 says 98,304 here too, which is less than a segment of version 2. 2.2.3 */
  RESPONSE: 393_216,
  /** Bytes of a block: a segment of version 2 is one. [MS-PCCRC] 2.4.1.2 */
  BLOCK: 131_072,
  /** Blocks of a segment. 2.2.1.1 */
  BLOCKS: 512,
  /** NeededBlocksRangeCount, ReqBlockRangeCount. 2.2.4.2, 2.2.4.3 */
  REQUEST_RANGES: 256,
  /** BlockRangeCount: with more of them each would have no block of its own. 2.2.5.2 */
  RESPONSE_RANGES: 512,
  /** Segments of a request, whose size has no room for more. 2.2.4.4 */
  SEGMENTS: 2729,
  /** SegmentAgeCount. 2.2.6.1 */
  AGES: 255,
  /** Active Client Count, of a peer. 3.2.1 */
  CLIENTS: 64,
} as const;

export const Time = {
  /** Request Timer. 3.1.2 */
  REQUEST_MS: 2000,
  /** Upload Timer. 3.2.2 */
  UPLOAD_MS: 15_000,
} as const;

/** What an HTTP listener has to hold its clients to before a `RetrievalServer`. */
export const RETRIEVAL_LIMITS = {
  maxBody: Limit.REQUEST,
  receiveMs: Time.UPLOAD_MS,
  answerMs: Time.UPLOAD_MS,
} as const;

/**
 * How much of what the network sends a node keeps. [MS-PNRP] 3.1.4.1, 3.1.5.11, 3.2.5.3: a table that is full is not
 * an error, what does not fit is left undone.
 */
export const Bound = {
  /** Pending List, 3.1.1: in all, and to one address. */
  PENDING: 512,
  PENDING_PER_DESTINATION: 256,
  /**
   * FLOODs among them, which come in bursts where a node has many names. The other half is for what is asked: a LOOKUP
   * or INQUIRE that finds no place would look like one that nobody answered.
   */
  FLOODS: 256,
  FLOODS_PER_DESTINATION: 128,
  /** Entries of one level of the route entry cache: what Windows keeps, 3.2.1.1. */
  CACHE_LEVEL: 20,
  /**
   * Pending Route Entry Add List, 3.1.1: in all, of what nobody asked for, and of that from one address or at one. An
   * entry whose node is silent holds its place for two seconds and costs two INQUIREs; so the last is also how many a
   * second others can make this node send to a third party.
   */
  PENDING_ROUTE_ENTRIES: 64,
  UNASKED_ROUTE_ENTRIES: 48,
  UNASKED_PER_ADDRESS: 32,
  /** Conversation Table, 3.2.1: in all, and of one address. */
  CONVERSATIONS: 64,
  CONVERSATIONS_PER_SOURCE: 32,
  /**
   * Reassembly List, 3.1.1. Only what answers a message of the Pending List gets into it, by a Message ID that nobody
   * can guess; that message is sent twice. In all, as many bytes as RESOLVES answers of the longest kind.
   */
  REASSEMBLIES_PER_REQUEST: 2,
  REASSEMBLY_BYTES: 64 * 0x91e4,
  /** IDs that an ADVERTISE is taken at its word for: as many as fit into a packet of 1280 bytes. 3.1.5.3. */
  REQUESTED_IDS: 36,
  /**
   * INQUIREs and FLOODs that are being worked on, in all and of one address: each may take a signature or the check of
   * one. 3.2.5.6, 3.1.5.5.
   */
  UNDER_WORK: 64,
  UNDER_WORK_PER_SOURCE: 32,
  /** Names that this node registers. */
  LOCAL_NAMES: 256,
  /** Searches of this node at a time; more wait for their turn. */
  RESOLVES: 64,
} as const;

export const Time = {
  /** 3.1.2 and its note 1. */
  MAINTENANCE_MS: 15_000,
  MAINTENANCE_SMALL_MS: 10_000,
  /** A cache of at most so many entries is tended more often. */
  MAINTENANCE_SMALL_CACHE: 2,
  /** A node without names goes to sleep so long after its last search: no page has a number, this is four ticks. */
  DORMANT_MS: 60_000,
  /** 3.1.2: after the last close. */
  CLOUD_CLEANUP_MS: 15 * 60_000,
  /** Between two notes of who answered lately, for the next start. */
  KNOWN_NODES_MS: 5 * 60_000,
  /** Between two searches of the link for what the cloud may have fallen apart from: no page has a number. */
  LINK_SEARCH_MS: 5 * 60_000,
  /** How long the FLOODs of a REQUEST may take: as long as a message that is sent twice. */
  SYNCHRONISATION_MS: 2000,
  /** How long a registration waits for a neighbour to introduce itself. */
  INTRODUCTION_MS: 1000,
  /** Not After of what is signed: within the 12 hours to 7 days of 2.2.3.1. */
  CPA_LIFETIME_S: 24 * 3600,
  /** `PeerPnrpResolve`; and the longest that a Winsock query may ask for. */
  RESOLVE_MS: 30_000,
  RESOLVE_MAXIMUM_MS: 600_000,
} as const;

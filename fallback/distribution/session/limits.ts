/** The numbers of the scheduling framework: [MS-CCROD] 2.8, [MS-CCRSO] notes 8 to 11. */

/** Server Information Lists; the least recently used goes. */
export const SERVER_LISTS = 256;
/** Entries of a list, and peers used a download. [MS-CCROD] note 13. */
export const SERVERS_PER_LIST = 16;
/** Of a list without a server: nobody is looked for again before. [MS-CCROD] 2.8.1.2.2, note 11. */
export const EMPTY_LIST_MS = 15_000;
/** Of a server in its list. [MS-CCROD] 2.8.1.2.2, note 12: what Windows takes in place of 15 seconds. */
export const SERVER_ENTRY_MS = 60_000;

export const DISCOVERIES_A_SECOND = 100;
export const SIMULTANEOUS_DISCOVERIES = 512;

/** As many consecutive blocks are asked for without asking what there is. [MS-CCROD] note 14. */
export const SIMPLE_DOWNLOAD_BLOCKS = 3;
/** How often a server may time out. [MS-CCROD] note 16. */
export const TIME_OUTS = 3;

/** Requests to one server at once: an eighth of what a peer answers at once, [MS-PCCRR] note 12. */
export const SERVER_LOAD = 8;

/** How long a server that gave a wrong block is not asked for anything. No document says. */
export const WRONG_BLOCK_MS = 600_000;
/** How long one that failed again and again is not: that of a search that found nobody. */
export const FAILED_MS = 15_000;
/** Servers that are remembered for their faults; the oldest are forgotten first. */
export const AVOIDED_SERVERS = 1024;

/** Peers of a content that are asked for its segments that discovery found nobody for. */
export const GIVERS = 4;

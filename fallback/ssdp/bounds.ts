/** The group that PNRP's SSDP speaks to, on one link at a time, and its port. */
export const GROUP = 'ff02::c';
export const PORT = 1900;

/** As Windows announces: `Cache-Control:max-age`. */
export const MAX_AGE_S = 14_400;

/** As Windows searches: `MX`. */
export const MX_S = 3;

/** How much of what others send is read and answered. [UPnP-DA], the UPnP Device Architecture 1.0, leaves it to the device. */
export const Limit = {
  /** Of one message. */
  MESSAGE_BYTES: 4096,
  HEADERS: 64,
  /** Answers that wait for their random moment. */
  PENDING: 32,
  /** Answers that are promised in one second: in all, and of one address. */
  PER_SECOND: 32,
  PER_SECOND_AND_SOURCE: 4,
  /** Different endpoints that one search tells of. */
  FOUND: 64,
  /** The longest delay of an answer, whatever the asker grants. */
  WAIT_S: 3,
} as const;

export const Time = {
  /**
   * What goes to all goes out twice, so that one lost datagram is not a lost search: [UPnP-DA] 1.2.2 wants repetitions.
   * How often Windows repeats is not published.
   */
  REPEAT_MS: 500,
  /** Beyond MX, for the way there and back. */
  GRACE_MS: 1000,
} as const;

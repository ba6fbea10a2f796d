/** How much of what others send is kept and answered. */
export const Limit = {
  /** Segments of one Probe: version 2 counts them in a byte, [MS-PCCRD] 2.2.3.3, and the same does for version 1. */
  SEGMENTS: 255,
  /** Answers that wait for the cache or for their random moment. */
  PENDING: 256,
  /** Of one answer. */
  ADDRESSES: 8,
  /** Answers that one Probe listens to: with as many peers known, more are of no use. */
  ANSWERS: 64,
  /** Segments whose answers are remembered, as many as Windows keeps Server Information Lists: [MS-CCRSO], note 8. */
  SEEN_SEGMENTS: 256,
} as const;

/** [MS-PCCRD] 3.1.2 and note 7, 3.2.2 */
export const Time = {
  /** How long a Probe listens: Windows 7 takes this of the 200 to 500 that are allowed. */
  REQUEST_MS: 300,
  REQUEST_MIN_MS: 200,
  REQUEST_MAX_MS: 500,
  /** The longest wait before an answer: APP_MAX_DELAY of WS-Discovery, as Windows has it. */
  BACK_OFF_MS: 65,
} as const;

/** [MS-PCCRD] 3.2.4.1, note 8: with as many answers seen, others are enough. */
export const Suppression = {
  ANSWERS: 10,
  /** In percent. */
  CHANCE: 33,
} as const;

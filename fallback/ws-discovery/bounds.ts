import type { Group } from '../multicast/shared-port.js';

/** The port of WS-Discovery, 3702, and its group of each family. */
export const GROUPS: readonly Group[] = [
  { group: 'ff02::c', port: 3702, local: '::' },
  { group: '239.255.255.250', port: 3702, local: '0.0.0.0' },
];

/** How much of what others send is read and answered. */
export const Limit = {
  /** Of one message: what the Web Services on Devices API of Windows takes. */
  MESSAGE_BYTES: 32_767,
  /** Tags of one message, the ends of elements too: more than twice those of any that is known. */
  TAGS: 128,
  /** Names in the types of a message or of a match. */
  TYPES: 16,
  /** UTF-16 units of a messageId. */
  IDENTIFIER: 256,
  /** Messages that are told from their repetitions. */
  MESSAGES: 2048,
  /**
   * Messages that are read in one second. One source: 100 discoveries a second, as Windows limits them ([MS-CCROD]
   * 2.8.1.1), each in up to five transmissions. In all: what takes a fifth of a second.
   */
  PER_SECOND: 2000,
  PER_SECOND_AND_SOURCE: 500,
} as const;

export const Time = {
  /** For so long a message is known by its messageId: as Windows' API does. */
  MESSAGE_MS: 60_000,
  /** How often the port and interfaces that could not be had are tried again. */
  RETRY_MS: 60_000,
  /** How long a list of the machine's interfaces is good for. */
  LIST_MS: 1000,
  /** SOAP-over-UDP, appendix I: before the first repetition, at random; then twice as long, up to a limit. */
  REPEAT_MIN_MS: 50,
  REPEAT_MAX_MS: 250,
  REPEAT_LIMIT_MS: 500,
} as const;

import type { ResolveCriteria } from '../contract/pnrp.js';

/** PNRP_RESOLVE_CRITERIA, by value. */
export const CRITERIA: readonly ResolveCriteria[] = [
  'default',
  'remote-peer-name',
  'nearest-remote-peer-name',
  'non-current-process-peer-name',
  'nearest-non-current-process-peer-name',
  'any-peer-name',
  'nearest-peer-name',
];

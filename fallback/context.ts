import type { AreaContext } from '../lib/backend/contract/backend.js';
import type { Readings } from './wire/readings.js';

/** What every area of the fallback is started with. */
export interface FallbackContext extends AreaContext {
  readonly readings: Readings;
}

import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../../lib/backend/contract/host.js';

export function realRandom(): Random {
  return {
    bytes: (length) => randomBytes(length),
    below: (bound) => randomInt(bound),
  };
}

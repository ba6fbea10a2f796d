import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../../lib/backend/contract/host.js';

export function createRandom(): Random {
  return {
    bytes: (length) => randomBytes(length),
    // randomInt has no modulo bias, but stops one short of 2^48.
    below: (bound) => (bound === 2 ** 48 ? randomBytes(6).readUIntBE(0, 6) : randomInt(bound)),
  };
}

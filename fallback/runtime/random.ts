import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../../lib/backend/contract/host.js';

export function realRandom(): Random {
  return {
    bytes: (length) => randomBytes(length),
    // `randomInt` takes one less than 2^48.
    below: (bound) => (bound === 2 ** 48 ? randomBytes(6).readUIntBE(0, 6) : randomInt(bound)),
  };
}

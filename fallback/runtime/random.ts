import { randomBytes, randomFillSync, randomInt } from 'node:crypto';
import type { Random } from '../../lib/backend/contract/host.js';

/** Bytes that are drawn ahead: a call takes as long for a few as for so many. */
const AHEAD = 1024;
const FEW = 32;

export function realRandom(): Random {
  const ahead = new Uint8Array(AHEAD);
  let taken = AHEAD;
  return {
    bytes(length) {
      if (length > FEW) return randomBytes(length);
      if (taken + length > AHEAD) {
        randomFillSync(ahead);
        taken = 0;
      }
      const given = ahead.slice(taken, taken + length);
      // It may become a secret, of which no copy shall stay.
      ahead.fill(0, taken, taken + length);
      taken += length;
      return given;
    },
    // `randomInt` takes one less than 2^48.
    below: (bound) => (bound === 2 ** 48 ? randomBytes(6).readUIntBE(0, 6) : randomInt(bound)),
  };
}

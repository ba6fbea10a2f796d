import { matchingBits, type RingId } from './ring.js';

/** ResolveCriteria, [MS-PNRP] 2.2.2.8: what counts as found. */
export type Criteria =
  | { readonly kind: 'none' | 'any-peername' | 'nearest-peername' | 'nearest64-peername' }
  | { readonly kind: 'upper-bits'; readonly precision: number };

/** When a nearest search ends early: at the closest match there can be, or at any id of the P2P ID. */
// UNCONFIRMED: pnrp.nearest
export type NearestReading = 'closest' | 'p2p-id';

const ID_BITS = 256;
const P2P_ID_BITS = 128;
const NEAREST64_BITS = 192;

/** Close enough to end the search at once. */
export function isCloseEnough(id: RingId, target: RingId, criteria: Criteria, nearest: NearestReading): boolean {
  return matchingBits(id, target) >= closeEnoughBits(criteria, nearest);
}

/** Good enough to be the result of a search that found no better. */
export function isAcceptable(id: RingId, target: RingId, criteria: Criteria): boolean {
  return matchingBits(id, target) >= acceptableBits(criteria);
}

function closeEnoughBits(criteria: Criteria, nearest: NearestReading): number {
  switch (criteria.kind) {
    case 'nearest-peername':
      return nearest === 'closest' ? ID_BITS : P2P_ID_BITS;
    case 'nearest64-peername':
      return nearest === 'closest' ? NEAREST64_BITS : P2P_ID_BITS;
    default:
      return acceptableBits(criteria);
  }
}

function acceptableBits(criteria: Criteria): number {
  switch (criteria.kind) {
    case 'none':
      return ID_BITS;
    case 'upper-bits':
      return criteria.precision;
    default:
      return P2P_ID_BITS;
  }
}

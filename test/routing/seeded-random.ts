import type { Random } from '#lib/backend/contract/host';

/** The same choices each time for one seed: a linear congruence, good enough to choose by. */
export class SeededRandom implements Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt(seed);
  }

  below(bound: number): number {
    this.#state = (this.#state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    return Number((this.#state >> 16n) % BigInt(bound));
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  id(): bigint {
    return this.bytes(32).reduce((id, byte) => (id << 8n) | BigInt(byte), 0n);
  }
}

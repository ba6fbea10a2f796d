import { checkPrimeSync, createPrivateKey } from 'node:crypto';
import type { Random } from '../../../lib/backend/contract/host.js';

const EXPONENT = 65537n;
/** Where a walk without a prime starts anew. */
const LONGEST_WALK = 20_000;
/** Odd ones: most candidates fall by one of them, at a fraction of the cost of a test. */
const SMALL_PRIMES: readonly number[] = Array.from({ length: 1000 }, (_, index) => 2 * index + 3).filter((odd) => {
  for (let divisor = 3; divisor * divisor <= odd; divisor += 2) if (odd % divisor === 0) return false;
  return true;
});

/** An RSA key that follows from the seed, as PKCS#8 DER. Good for simulations only. */
export function seededRsaKey(bits: number, random: Random): Uint8Array {
  const p = prime(bits / 2, random);
  let q = prime(bits / 2, random);
  while (q === p) q = prime(bits / 2, random);
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const key = {
    kty: 'RSA',
    n: encode(p * q),
    e: encode(EXPONENT),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: encode(d % (p - 1n)),
    dq: encode(d % (q - 1n)),
    qi: encode(inverse(q, p)),
  };
  return createPrivateKey({ key, format: 'jwk' }).export({ format: 'der', type: 'pkcs8' });
}

/** With its two upper bits set, so that a product of two has exactly twice as many: the first from a random start on. */
function prime(bits: number, random: Random): bigint {
  for (;;) {
    const bytes = Buffer.from(random.bytes(bits / 8));
    bytes[0] = (bytes[0] as number) | 0xc0;
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 1;
    const start = BigInt(`0x${bytes.toString('hex')}`);
    const remainders = SMALL_PRIMES.map((small) => Number(start % BigInt(small)));
    for (let step = 0; step < LONGEST_WALK; step += 2) {
      if (SMALL_PRIMES.some((small, index) => ((remainders[index] as number) + step) % small === 0)) continue;
      const candidate = start + BigInt(step);
      if ((candidate - 1n) % EXPONENT !== 0n && checkPrimeSync(candidate)) return candidate;
    }
  }
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b] = [modulus, value % modulus];
  let [x, y] = [0n, 1n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

function encode(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}

import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FallbackContext } from '#fallback/context';
import { startIdentity } from '#fallback/identity/index';
import { createNames } from '#fallback/names/index';
import { filetimeFromDate } from '#fallback/wire/filetime';
import { Readings } from '#fallback/wire/readings';
import type { Host, Random, Store, Stores, Work } from '#lib/backend/contract/host';
import type { IdentityBackend, NamePair } from '#lib/backend/contract/identity';

export const NOW = filetimeFromDate(new Date('2026-01-02T03:04:05Z'));

type KeyNumbers = Record<'n' | 'e' | 'd' | 'p' | 'q', string>;

export const vectors = JSON.parse(readFileSync(new URL('../vectors/grouping.json', import.meta.url), 'utf8')) as {
  member: {
    key: KeyNumbers;
    peerName: string;
    hostName: string;
    certificate: string;
    bag: string;
    info: string;
    wrongAuthorities: string[];
  };
  creator: { key: KeyNumbers; peerName: string; certificate: string; membership: string; chain: string };
  group: { key: KeyNumbers; peerName: string; root: string; member: string; chain: string };
  export: { password: string; pfx: string; xml: string };
};

/** The member's key of the vectors, PKCS#8. */
export function memberKey(): Uint8Array {
  return keyOf(vectors.member.key);
}

/** A key of the vectors, PKCS#8. */
export function keyOf({ n, e, d, p, q }: KeyNumbers): Uint8Array {
  const number = (hex: string) => BigInt(`0x${hex}`);
  const text = (value: bigint) => {
    const hex = value.toString(16);
    return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex').toString('base64url');
  };
  const [big, first, second] = [number(d), number(p), number(q)];
  const jwk = {
    kty: 'RSA',
    n: text(number(n)),
    e: text(number(e)),
    d: text(big),
    p: text(first),
    q: text(second),
    dp: text(big % (first - 1n)),
    dq: text(big % (second - 1n)),
    qi: text(power(second, first - 2n, first)),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'pkcs8' });
}

/** A small generator, so that a failing run can be told by its seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
    below: (bound) => next() % bound,
  };
}

export const work: Work = {
  digest: async (hash, bytes) => createHash(hash).update(bytes).digest(),
  sign: async (hash, key, bytes) =>
    sign(hash, bytes, {
      key: createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' }),
      padding: constants.RSA_PKCS1_PADDING,
    }),
  verify: async (hash, key, bytes, signature) => {
    try {
      return verify(hash, bytes, createPublicKey({ key: Buffer.from(key), format: 'der', type: 'pkcs1' }), signature);
    } catch {
      return false;
    }
  },
  generateKey: async (modulusLength) =>
    generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ format: 'der', type: 'pkcs8' }),
};

/** One home's store, which any number of platforms may share; `fail` is what the next calls meet. */
export class MemoryStores implements Stores {
  readonly entries = new Map<string, Uint8Array>();
  fail: Error | undefined;

  async open(name: string): Promise<Store> {
    if (name !== 'identity') throw new Error(`no store is called ${name}`);
    const check = () => {
      if (this.fail) throw this.fail;
    };
    check();
    return {
      get: async (key) => this.entries.get(key),
      range: async (prefix) => {
        check();
        return [...this.entries].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
      },
      update: async (decide) => {
        check();
        for (const [key, value] of decide(new Map(this.entries))) {
          if (value === undefined) this.entries.delete(key);
          else this.entries.set(key, value);
        }
      },
      close: async () => {},
    };
  }
}

export interface Started {
  readonly identity: IdentityBackend;
  readonly stores: MemoryStores;
  readonly groups: Map<string, NamePair[]>;
  /** Moves the wall clock. */
  advance(ticks: bigint): void;
}

export async function start(
  options: { stores?: MemoryStores; readings?: Record<string, string>; work?: Work } = {},
): Promise<Started> {
  const stores = options.stores ?? new MemoryStores();
  const readings = new Readings(options.readings);
  const groups = new Map<string, NamePair[]>();
  let now = NOW;
  const host: Partial<Host> = {
    store: stores,
    work: options.work ?? work,
    random: seeded(5),
    clock: { now: () => 0, filetime: () => now, after: () => ({ cancel() {} }) },
    busy: (promise) => promise,
  };
  const context = { host, readings, area: async () => createNames(readings) } as unknown as FallbackContext;
  const identity = await startIdentity(context, { enumerate: async (name) => groups.get(name) ?? [] });
  return {
    identity,
    stores,
    groups,
    advance: (ticks) => {
      now += ticks;
    },
  };
}

/** `CODE operation` of what a call rejects with. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { code, operation } = error as { code: string; operation?: string };
    return operation === undefined ? code : `${code} ${operation}`;
  }
  return 'nothing rejected';
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base % modulus, left = exponent; left > 0n; left >>= 1n, square = (square * square) % modulus) {
    if (left & 1n) result = (result * square) % modulus;
  }
  return result;
}

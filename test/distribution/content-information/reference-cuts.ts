// How segments of version 2 are cut, word by word as it is described: slow, over a content that is all there.

const MIN = 32_768;
const MAX = 131_072;
const MASKS = [0xffff, 0x7fff, 0x3fff, 0x1fff];
const POLYNOMIAL = 0xf2b5_d42c_384a_2167n;

/** The low 16 bits of the hash of the 16 bytes before each position, by definition: bit by bit through each byte. */
export function windowHashes(data: Uint8Array): Uint16Array {
  const table = (power: number) =>
    Array.from({ length: 256 }, (_, byte) => {
      let value = BigInt(byte);
      for (let i = 0; i < power; i++) {
        value = BigInt.asUintN(64, value << 1n) ^ (value >> 63n === 1n ? POLYNOMIAL : 0n);
      }
      return value;
    });
  const [leavingTop, leavingWindow] = [table(64), table(120)];
  const hashes = new Uint16Array(data.length + 1);
  let hash = 0n;
  for (let position = 1; position <= data.length; position++) {
    if (position > 16) hash ^= leavingWindow[data[position - 17] as number] as bigint;
    const top = leavingTop[Number(hash >> 56n)] as bigint;
    hash = BigInt.asUintN(64, hash << 8n) ^ BigInt(data[position - 1] as number) ^ top;
    hashes[position] = Number(hash & 0xffffn);
  }
  return hashes;
}

/** The lengths of the segments; `hashes` may be those of a longer content. */
export function referenceCuts(data: Uint8Array, hashes = windowHashes(data)): number[] {
  const n = data.length;
  const lengths: number[] = [];
  let start = 0;
  let scanned = 0;
  outer: while (start < n) {
    if (n - start < MIN) {
      lengths.push(n - start);
      break;
    }
    if (scanned - start < 16) {
      let zeros = start;
      while (zeros < Math.min(n, start + MAX) && data[zeros] === 0) zeros++;
      if (zeros - start >= MIN) {
        lengths.push(zeros - start);
        start = zeros;
        scanned = zeros;
        continue;
      }
    }
    let position = start + MIN;
    const candidates: (number | undefined)[] = [undefined, undefined, undefined, undefined];
    for (;;) {
      const end = Math.min(n, start + MAX);
      let full = false;
      for (; ; position++) {
        const hash = hashes[position] as number;
        if ((hash & 0x0fff) === 0x0555) {
          full = true;
          for (let k = 3; k >= 0 && full; k--) {
            candidates[k] = position;
            full = ((hash ^ 0x5555) & (MASKS[k] as number)) === 0;
          }
        }
        if (full || position >= end) break;
      }
      if (full) {
        lengths.push(position - start);
        start = position;
        scanned = position;
        continue outer;
      }
      if (position - start < MAX) {
        lengths.push(n - start);
        break outer;
      }
      const k = candidates.findIndex((it) => it !== undefined);
      const cut = candidates[k] ?? position;
      lengths.push(cut - start);
      for (const j of candidates.keys()) {
        if (j === k || (candidates[j] ?? 0) - cut < MIN) candidates[j] = undefined;
      }
      start = cut;
      scanned = position;
      if (position - start < MIN) continue outer;
    }
  }
  return lengths;
}

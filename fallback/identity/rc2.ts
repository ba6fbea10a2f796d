/**
 * RC2 in CBC mode, RFC 2268, with as many effective bits as the key has: what PKCS#12 files of Windows protect the
 * certificate with, and what OpenSSL 3 keeps in a provider that is not loaded.
 */
const BLOCK = 8;

// RFC 2268 section 2: the digits of pi.
const PITABLE = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
);

const ROTATIONS = [1, 2, 3, 5] as const;
/** Rounds after which a mashing round comes. */
const MASH_AFTER: readonly number[] = [4, 10];
const ROUNDS = 16;

/** Pads as PKCS#7 does. */
export function encryptRc2(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const subkeys = expandKey(key);
  const padding = BLOCK - (plain.length % BLOCK);
  const bytes = Buffer.concat([plain, Buffer.alloc(padding, padding)]);
  let previous = iv;
  for (let at = 0; at < bytes.length; at += BLOCK) {
    for (let i = 0; i < BLOCK; i++) bytes[at + i] = (bytes[at + i] ?? 0) ^ (previous[i] ?? 0);
    const block = bytes.subarray(at, at + BLOCK);
    encryptBlock(subkeys, block);
    previous = block;
  }
  return bytes;
}

/** `undefined` when the length or the padding is not that of an encrypted text. */
export function decryptRc2(key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array): Uint8Array | undefined {
  if (encrypted.length === 0 || encrypted.length % BLOCK !== 0) return undefined;
  const subkeys = expandKey(key);
  const bytes = Buffer.from(encrypted);
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const previous = at === 0 ? iv : encrypted.subarray(at - BLOCK, at);
    decryptBlock(subkeys, bytes.subarray(at, at + BLOCK));
    for (let i = 0; i < BLOCK; i++) bytes[at + i] = (bytes[at + i] ?? 0) ^ (previous[i] ?? 0);
  }
  const padding = bytes.at(-1) ?? 0;
  if (padding === 0 || padding > BLOCK) return undefined;
  const end = bytes.length - padding;
  return bytes.subarray(end).every((byte) => byte === padding) ? bytes.subarray(0, end) : undefined;
}

/** RFC 2268 section 2. */
function expandKey(key: Uint8Array): Uint16Array {
  const bits = key.length * 8;
  const expanded = Buffer.alloc(128);
  expanded.set(key);
  for (let i = key.length; i < 128; i++) expanded[i] = pi(at(expanded, i - 1) + at(expanded, i - key.length));
  const effective = Math.ceil(bits / 8);
  expanded[128 - effective] = pi(at(expanded, 128 - effective));
  for (let i = 127 - effective; i >= 0; i--) expanded[i] = pi(at(expanded, i + 1) ^ at(expanded, i + effective));
  return Uint16Array.from({ length: 64 }, (_, i) => expanded.readUInt16LE(2 * i));
}

/** RFC 2268 section 3. */
function encryptBlock(subkeys: Uint16Array, block: Buffer): void {
  const words = readWords(block);
  for (let round = 0; round < ROUNDS; round++) {
    ROTATIONS.forEach((rotation, i) => {
      const sum = at(words, i) + at(subkeys, 4 * round + i) + mix(words, i);
      words[i] = (sum << rotation) | ((sum & 0xffff) >>> (16 - rotation));
    });
    if (MASH_AFTER.includes(round)) {
      for (let i = 0; i < 4; i++) words[i] = at(words, i) + at(subkeys, at(words, (i + 3) & 3) & 63);
    }
  }
  writeWords(block, words);
}

/** RFC 2268 section 4. */
function decryptBlock(subkeys: Uint16Array, block: Buffer): void {
  const words = readWords(block);
  for (let round = ROUNDS - 1; round >= 0; round--) {
    if (MASH_AFTER.includes(round)) {
      for (let i = 3; i >= 0; i--) words[i] = at(words, i) - at(subkeys, at(words, (i + 3) & 3) & 63);
    }
    for (let i = 3; i >= 0; i--) {
      const rotation = ROTATIONS[i as 0 | 1 | 2 | 3];
      const word = (at(words, i) >>> rotation) | (at(words, i) << (16 - rotation));
      words[i] = word - at(subkeys, 4 * round + i) - mix(words, i);
    }
  }
  writeWords(block, words);
}

function mix(words: Uint16Array, i: number): number {
  const [before, second, third] = [at(words, (i + 3) & 3), at(words, (i + 2) & 3), at(words, (i + 1) & 3)];
  return (before & second) + (~before & 0xffff & third);
}

function readWords(block: Buffer): Uint16Array {
  return Uint16Array.from({ length: 4 }, (_, i) => block.readUInt16LE(2 * i));
}

function writeWords(block: Buffer, words: Uint16Array): void {
  words.forEach((word, i) => {
    block.writeUInt16LE(word, 2 * i);
  });
}

function pi(index: number): number {
  return at(PITABLE, index & 0xff);
}

function at(table: Uint8Array | Uint16Array, index: number): number {
  return table[index] ?? 0;
}

import { headedAs, type RetrievalMessage } from '#fallback/distribution/retrieval/messages';
import vectors from '../../vectors/retrieval.json' with { type: 'json' };

export { vectors };

export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}

export const CONTENT = bytes(vectors.content);
export const SECRET_1 = bytes(vectors.secret1);
export const IV = bytes(vectors.iv);
const NONE = new Uint8Array();
const [V1, V2] = [
  { major: 1, minor: 0 },
  { major: 2, minor: 0 },
];

const blk = {
  type: 'MSG_BLK',
  version: V1,
  cryptoAlgoId: 0,
  segmentId: vectors.id1,
  blockIndex: 0,
  nextBlockIndex: 0,
  block: NONE,
  vrfBlock: NONE,
  iv: NONE,
} as const;

/** The values of the vectors' messages. */
export const VALUES = {
  'NEGO_REQ 1.0-2.0': { type: 'MSG_NEGO_REQ', ...headedAs('MSG_NEGO_REQ', 1), min: V1, max: V2 },
  NEGO_RESP: { type: 'MSG_NEGO_RESP', ...headedAs('MSG_NEGO_RESP'), min: V1, max: V2 },
  'GETBLKLIST [0,1]': {
    type: 'MSG_GETBLKLIST',
    ...headedAs('MSG_GETBLKLIST', 1),
    segmentId: vectors.id1,
    ranges: [{ index: 0, count: 1 }],
  },
  'BLKLIST [0,1]': {
    type: 'MSG_BLKLIST',
    ...headedAs('MSG_BLKLIST'),
    segmentId: vectors.id1,
    ranges: [{ index: 0, count: 1 }],
    nextBlockIndex: 0,
  },
  'GETBLKS block 0': {
    type: 'MSG_GETBLKS',
    ...headedAs('MSG_GETBLKS', 1),
    segmentId: vectors.id1,
    ranges: [{ index: 0, count: 1 }],
    vrfData: NONE,
  },
  'BLK missing': blk,
  'BLK plaintext': { ...blk, block: CONTENT },
  'BLK AES-128': {
    ...blk,
    cryptoAlgoId: 1,
    block: bytes('088595ac8a612820f48c3d9bab8f06ca7df0dec477ea8b40edd2857c2c964ec9'),
    iv: IV,
  },
  'BLK v2 AES-128': {
    ...blk,
    cryptoAlgoId: 1,
    segmentId: vectors.id2,
    block: bytes('6e71e128d1be4a9e3eed66cdb67bc44660473f35558b584e267339c6a162fa61'),
    iv: IV,
  },
  GETSEGLIST: {
    type: 'MSG_GETSEGLIST',
    ...headedAs('MSG_GETSEGLIST', 1),
    requestId: vectors.requestId,
    segmentIds: [vectors.id2],
    blob: NONE,
  },
  'SEGLIST [0,1]': {
    type: 'MSG_SEGLIST',
    ...headedAs('MSG_SEGLIST'),
    requestId: vectors.requestId,
    ranges: [{ index: 0, count: 1 }],
    blob: bytes('0001030100f40100'),
  },
} as const satisfies Record<keyof typeof vectors.messages, RetrievalMessage>;

export type Name = keyof typeof VALUES;
export const NAMES = Object.keys(VALUES) as Name[];

/** Responses have Size before them. */
export function messageOf(name: Name): Uint8Array {
  const wire = bytes(vectors.messages[name]);
  return isResponse(name) ? wire.subarray(4) : wire;
}

export function isResponse(name: Name): boolean {
  return !/^(NEGO_REQ|GET)/.test(name);
}

/** The message with a number in place of what is at an offset. */
export function changed(message: Uint8Array, offset: number, number: number): Uint8Array {
  const copy = Buffer.from(message);
  copy.writeUInt32BE(number >>> 0, offset);
  return copy;
}

import { DecodeError } from '../wire/decode-error.js';

/** Bits of an identifier octet, and its number where more octets follow. X.690 8.1.2. */
const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;
/** The one length octet of the indefinite form. X.690 8.1.3.6. */
const INDEFINITE = 0x80;
/** Longer lengths than four octets can say have no place in memory. */
const LENGTH_OCTETS = 4;

interface Limits {
  readonly maxDepth: number;
  readonly maxNodes: number;
}

/**
 * Whether all of `bytes` is one value of X.690 and each value in it ends where what it is in does; else a DecodeError.
 * What the values are is not looked at, nor what is in those that are primitive.
 */
export function checkFraming(bytes: Uint8Array, field: string, limits: Limits): void {
  let nodes = 0;
  const refuse = (at: number, what: string): never => {
    throw new DecodeError(field, at, what);
  };

  /** The end of the value at `start`, which has to be before `limit`. */
  function endOf(start: number, limit: number, depth: number): number {
    nodes += 1;
    if (nodes > limits.maxNodes) refuse(start, `has more than ${limits.maxNodes} values`);
    if (depth > limits.maxDepth) refuse(start, `is nested deeper than ${limits.maxDepth}`);
    if (limit - start < 2) refuse(start, 'a value ends too early');
    const identifier = bytes[start] as number;
    if ((identifier & LONG_TAG) === LONG_TAG) refuse(start, 'has a tag that nothing here has');
    const isConstructed = (identifier & CONSTRUCTED) !== 0;
    const first = bytes[start + 1] as number;
    if (first === INDEFINITE)
      return isConstructed ? endOfContents(start + 2, limit, depth) : refuse(start, 'has no end');
    const octets = first < INDEFINITE ? 0 : first & 0x7f;
    const content = start + 2 + octets;
    if (octets > LENGTH_OCTETS || content > limit) refuse(start, 'a value ends too early');
    let length = octets === 0 ? first : 0;
    for (let at = start + 2; at < content; at++) length = 256 * length + (bytes[at] as number);
    const end = content + length;
    if (end > limit) refuse(start, `a value of ${length} bytes, ${limit - content} are left`);
    for (let at = content; isConstructed && at < end; ) at = endOf(at, end, depth + 1);
    return end;
  }

  /** Behind the two zeros that end what is of indefinite length. */
  function endOfContents(start: number, limit: number, depth: number): number {
    let at = start;
    while (limit - at >= 2 && !(bytes[at] === 0 && bytes[at + 1] === 0)) at = endOf(at, limit, depth + 1);
    return limit - at < 2 ? refuse(at, 'a value has no end') : at + 2;
  }

  const end = endOf(0, bytes.length, 0);
  if (end < bytes.length) refuse(end, `${bytes.length - end} bytes too many`);
}

import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { StoredContent } from './content-store.js';

/** With the first of its bytes at hand, so that a store that fails to read can still be answered with an error. */
export async function readStored(content: StoredContent, start: number, end: number): Promise<Readable> {
  const bytes = Readable.from(exactly(content.read(start, end), end - start));
  await once(bytes, 'readable');
  return bytes;
}

/** On a connection that stays open any byte too many or too few would be taken for the next answer's. RFC 9112, 6.3 */
async function* exactly(pieces: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let rest = length;
  for await (const piece of pieces) {
    rest -= piece.length;
    if (rest < 0) break;
    yield piece;
  }
  if (rest !== 0) throw new Error(`the store gave ${rest < 0 ? 'more' : 'fewer'} bytes than the content has`);
}

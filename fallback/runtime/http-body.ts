import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/**
 * Hands the whole body to `took`, or undefined as soon as it is longer than `max`: the rest is passed over. `broke` may be
 * told more than once, and after `took`. Promises and errors that nobody needs would take as long as the rest of a request.
 */
export function readBody(
  message: IncomingMessage,
  max: number,
  took: (body: Uint8Array | undefined) => void,
  broke: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  message.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= max) chunks.push(chunk);
    else if (length - chunk.length <= max) {
      chunks.length = 0;
      took(undefined);
    }
  });
  message.once('end', () => {
    if (length <= max) took(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length));
  });
  message.once('error', broke);
  message.once('close', () => {
    if (!message.complete) broke(Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' }));
  });
}

/** As the contract has them: Node.js keeps the lines of `set-cookie` apart. */
export function oneLine(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  const cookies = headers['set-cookie'];
  return (cookies === undefined ? headers : { ...headers, 'set-cookie': cookies.join(', ') }) as Readonly<
    Record<string, string | undefined>
  >;
}

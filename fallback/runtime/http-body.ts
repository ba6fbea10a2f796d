import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** The whole body; undefined as soon as it is longer than `max`: the rest is passed over. */
export function readBody(message: IncomingMessage, max: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    message.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= max) chunks.push(chunk);
      else {
        chunks.length = 0;
        resolve(undefined);
      }
    });
    message.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    message.once('error', reject);
    message.once('close', () => reject(Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' })));
  });
}

/** As the contract has them: Node.js keeps the lines of `set-cookie` apart. */
export function oneLine(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  const cookies = headers['set-cookie'];
  return { ...headers, 'set-cookie': cookies?.join(', ') } as Readonly<Record<string, string | undefined>>;
}

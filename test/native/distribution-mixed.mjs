// What Windows Node.js does in distribution-mixed.wine.test.ts. It talks to the test over TCP, one JSON object a line, and
// ends when the test hangs up: argv is the port of the test, where its content and hosted cache are, and a folder for itself.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createPlatform } from 'winpeer';
import { branch, plainFetch } from './branch.mjs';

const [port, theirs, folder] = process.argv.slice(2);
const test = connect(Number(port), '127.0.0.1');
const here = await branch(folder, 'windows');

const { url, hostedCache } = JSON.parse(theirs);
const platform = createPlatform({ backend: 'fallback', home: join(folder, 'reader') });
const fetched = [];
for (const options of [{ peers: false, share: false }, { hostedCache }]) {
  const response = await platform.distribution.fetchContent(url, { ...options, fetch: plainFetch });
  const bytes = new Uint8Array(await response.arrayBuffer());
  fetched.push({ sha256: createHash('sha256').update(bytes).digest('hex'), sources: response.sources });
}
await platform.close();

test.write(
  `${JSON.stringify({ platform: process.platform, url: here.url, hostedCache: here.hostedCache, fetched })}\n`,
);
await once(test.resume(), 'close');
await here.close();

// The other process of hosted-cache.bench.mjs: `cache` is a hosted cache on the disk, `bare` node:http that gives the
// bytes of a block from memory. Tells its port by IPC, and what it counted when it is asked.
import { createHash, randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostedCacheServer } from '#fallback/distribution/hosted-cache/server';
import { createHost } from '#fallback/runtime/host';
import { Readings } from '#fallback/wire/readings';
import { BLOCK, BLOCKS, ID } from './hosted-cache-load.mjs';

// With its parent.
process.on('disconnect', () => process.exit());

const send = (/** @type {object} */ message) => process.send?.(message);

if (process.argv[2] === 'bare') {
  // As long as the answer of a hosted cache is.
  const body = randomFillSync(Buffer.alloc(4 + 72 + BLOCK + 16 + 16));
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(body));
  });
  server.listen(0, '0.0.0.0', () =>
    send({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port }),
  );
} else {
  const folder = mkdtempSync(join(tmpdir(), 'winpeer-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const host = createHost({ home: folder });
  const store = await host.caches.open({ folder: join(folder, 'cache'), limit: 2 ** 30 });
  const blocks = Array.from({ length: BLOCKS }, () => randomFillSync(new Uint8Array(BLOCK)));
  const hash = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest();
  const keys = {
    algorithm: /** @type {const} */ ('sha256'),
    hashOfData: hash(Buffer.from('HoD')),
    secret: hash(Buffer.from('Kp')),
    blockHashes: blocks.map(hash),
  };
  await store.addSegment({ id: ID, length: BLOCKS * BLOCK, blockSize: BLOCK, tags: [], keys });
  for (const [index, bytes] of blocks.entries()) {
    await store.addBlock(ID, index, { cipher: 'none', iv: new Uint8Array(), bytes });
  }
  const listen = [{ address: '0.0.0.0', port: 0 }];
  const cache = await HostedCacheServer.start({ host, readings: new Readings() }, store, { listen });
  process.on('message', () => send({ stats: cache.stats() }));
  send({ port: cache.addresses[0]?.port });
}

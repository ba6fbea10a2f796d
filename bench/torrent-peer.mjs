// A process of retrieval.bench.mjs with webtorrent in it, so that it burdens nobody else: `seed`, or one that fetches the
// content over and over, on each message once from nothing.
import { once } from 'node:events';
import { content } from './retrieval-content.mjs';
import { rival } from './rivals.mjs';

const ADDRESS = '127.0.0.1';
const WebTorrent = rival('webtorrent');
const store = rival('memory-chunk-store');
const open = () => new WebTorrent({ dht: false, tracker: false, lsd: false, utp: false, webSeeds: false });

async function seed() {
  const client = open();
  const options = { name: 'content', announceList: [], store };
  const [torrent] = await Promise.all([
    new Promise((resolve) => client.seed(content(), options, resolve)),
    client.listening || once(client, 'listening'),
  ]);
  process.send?.({ port: client.torrentPort, file: Buffer.from(torrent.torrentFile).toString('base64') });
}

/** @param {{ readonly port: number, readonly file: string }} seeder */
async function leech({ port, file }) {
  const client = open();
  const torrent = client.add(Buffer.from(file, 'base64'), { announce: [], store });
  torrent.on('infoHash', () => torrent.addPeer(`${ADDRESS}:${port}`));
  await once(torrent, 'done');
  process.send?.(torrent.length);
  client.destroy();
}

process.on('disconnect', () => process.exit());
if (process.argv[2] === 'seed') await seed();
else process.on('message', leech);

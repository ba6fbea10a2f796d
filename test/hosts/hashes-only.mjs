// A content server that gives content information and never a content: node hashes-only.mjs FOLDER SECRET ADDRESS
import { createServer } from 'node:http';
import { createPlatform } from 'winpeer';

const [, , root, secret, address] = process.argv;
const platform = createPlatform({ backend: 'fallback' });
const content = platform.distribution.contentServer({
  root,
  secret,
  onHashed: ({ path }) => console.log(JSON.stringify({ event: 'hashed', path })),
});
const server = createServer((request, response) => {
  if (/MissingDataRequest/i.test(String(request.headers['x-p2p-peerdist']))) {
    console.log(JSON.stringify({ event: 'refused', range: request.headers.range }));
    response.writeHead(503).end();
  } else content.handler(request, response);
});
server.listen(0, address, () => {
  console.log(JSON.stringify({ event: 'listening', url: `http://${address}:${server.address().port}/` }));
});

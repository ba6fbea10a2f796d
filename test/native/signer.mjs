// Runs in Windows Node.js: registers a secure name on the fallback's PNRP, signed by an identity of the system. Arguments: a
// folder for its home, and one in which it says that it has registered and hears that it is done; the name; and a node to
// ask first. Prints which backend each area has.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPlatform } from 'winpeer';

const [home = '', stage = '', peerName = '', seed = ''] = process.argv.slice(2);
const platform = createPlatform({ backend: 'identity=native,pnrp=fallback', home });
const { areas } = await platform.backends();
const cloud = await platform.pnrp.open({ listen: [{ address: '::1', port: 0 }], seeds: [JSON.parse(seed)] });
await platform.pnrp.register(peerName, {
  cloud: cloud.cloud,
  addresses: [{ address: '2001:db8::1', port: 4000 }],
  comment: 'Grüße 日 😀',
  payload: new Uint8Array([1, 2, 3]),
});
console.log(JSON.stringify(Object.fromEntries(areas.map(({ area, backend }) => [area, backend]))));
// Its being there says it: a reader may see a file before what is in it.
writeFileSync(join(stage, 'registered'), '');
while (!existsSync(join(stage, 'done'))) await delay(10);
await platform.close();

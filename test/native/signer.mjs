// Runs in Windows Node.js: registers a name of a native identity with a PNRP node of the fallback, until told to end.
// Arguments: the peer name, a home, and where the first node of the cloud listens, as JSON.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPlatform } from '../../dist/lib/index.js';

const [peerName = '', home = '', seeds = '[]'] = process.argv.slice(2);
const stage = process.env.WINPEER_DOUBLES ?? '';
const platform = createPlatform({ home, backend: 'identity=native,pnrp=fallback' });
const cloud = 'Global_';
const open = await platform.pnrp.open({ cloud, listen: [{ address: '::1', port: 0 }], seeds: JSON.parse(seeds) });
await open.joined();
await platform.pnrp.register(peerName, { cloud, port: 5, comment: 'from Windows' });
writeFileSync(join(stage, 'registered'), '');
while (!existsSync(join(stage, 'end'))) await delay(20);
await platform.close();

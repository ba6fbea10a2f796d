import { test } from 'vitest';
import { subscribe } from 'node:diagnostics_channel';
import { network } from 'winpeer/testing';
import { bytes, informationOf, opened, publish, readAll } from '../conformance/distribution-asking.ts';

for (const c of ['missing','drop','error']) subscribe(`winpeer:distribution:${c}`, (m: any) => console.log(c, m.host, m.at.toFixed(0), m.segment?.slice(0,6), m.index, m.source ?? m.reason ?? m.kind ?? m.error, m.from?.address ?? '', m.detail ?? ''));
for (const c of ['drop','error']) subscribe(`winpeer:retrieval:${c}`, (m: any) => console.log('retrieval', c, m.host, m.at.toFixed(0), JSON.stringify(m)));
for (const c of ['drop','error']) subscribe(`winpeer:ws-discovery:${c}`, (m: any) => console.log('wsd', c, m.host, m.at.toFixed(0), m.error ?? JSON.stringify(m)));
for (const c of ['drop','pull','send','offer']) subscribe(`winpeer:hosted-cache:${c}`, (m: any) => console.log('hc', c, m.host, m.at.toFixed(0), JSON.stringify(m)));
test.each([1,2] as const)('try %i', async (version) => {
  const net = network({ seed: 1 });
  const server = net.platform({ link: 'wan' });
  const content = bytes('x', 1_000_000);
  await publish(server, 'x', content);
  const info = await informationOf(server, 'x', { minVersion: version, maxVersion: version });
  const cache = net.platform({ link: 'dmz' });
  const hosted = await cache.distribution.hostedCache({ listen: [{ address: '2001:db8::2', port: 8080 }] });
  console.log(hosted.addresses);
  const clients = [1,2,3].map((it) => net.platform({ link: 'x' + it }));
  for (const it of clients) {
    const c = await opened(it, info, { hostedCache: 'http://[2001:db8::2]:8080' });
    const t = net.now;
    const r = await readAll(c, content);
    console.log('read', r.bytes.equals(content), r.asked.length, r.asked.reduce((s, [,l]) => s+l, 0), 'ms', net.now - t);
    await c.close();
    const t2 = net.now;
    console.log(JSON.stringify((await it.stats()).distribution));
    await it.close();
    console.log('closed', net.now - t2);
  }
  console.log(JSON.stringify((await cache.stats()).distribution));
});

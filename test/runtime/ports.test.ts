import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { multicastLink, realHost } from './real-host.ts';
import { cacheStoreSuite } from './suites/cache-store.ts';
import { clockSuite } from './suites/clock.ts';
import { datagramsSuite } from './suites/datagrams.ts';
import { httpSuite } from './suites/http.ts';
import { interfacesSuite } from './suites/interfaces.ts';
import { randomSuite } from './suites/random.ts';
import { secureSuite } from './suites/secure.ts';
import { storeSuite } from './suites/store.ts';
import { streamsSuite } from './suites/streams.ts';
import { workSuite } from './suites/work.ts';

clockSuite('real clock', realHost);
randomSuite('real random', realHost);
interfacesSuite('real interfaces', realHost);
datagramsSuite('real datagrams', realHost, { ipv6: multicastLink('IPv6'), ipv4: multicastLink('IPv4') });
streamsSuite('real streams', realHost);
httpSuite('real http', realHost);
secureSuite('real secure', realHost);
storeSuite('real store', realHost);
workSuite('real work', realHost);

cacheStoreSuite('real cache store', () => ({ host: realHost() }));

const virtualHost = () => new VirtualNetwork({ seed: 1 }).host();
clockSuite('virtual clock', virtualHost);
randomSuite('virtual random', virtualHost);
interfacesSuite('virtual interfaces', virtualHost);
datagramsSuite('virtual datagrams', virtualHost, { ipv6: 'eth0', ipv4: 'eth0' });
streamsSuite('virtual streams', virtualHost);
httpSuite('virtual http', virtualHost);
storeSuite('virtual store', virtualHost);
workSuite('virtual work', virtualHost);
secureSuite('virtual secure', virtualHost);
cacheStoreSuite('virtual cache store', () => ({ host: virtualHost() }));
cacheStoreSuite('virtual Redis', () => ({ host: virtualHost(), location: { redis: 'redis://cache' } }));

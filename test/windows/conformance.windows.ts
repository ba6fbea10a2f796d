import { afterAll } from 'vitest';
import { createPlatform } from 'winpeer';
import { identitySuite } from '../conformance/identity.ts';
import { pnrpSuite } from '../conformance/pnrp.ts';
import { winsockSuite } from '../conformance/winsock.ts';
import { windowsStage } from './windows-stage.ts';

const SUITES = { identity: identitySuite, pnrp: pnrpSuite, winsock: winsockSuite };

/** What the system serves here; scripts/test-windows.mjs has asked. */
const areas = (process.env.WINPEER_NATIVE_AREAS ?? '').split(',');

// Windows keeps identities in the user's profile: those that were made here go.
await using platform = createPlatform({ backend: 'auto' });
const before = new Set((await platform.identity.list()).map(({ peerName }) => peerName));
afterAll(async () => {
  await using later = createPlatform({ backend: 'auto' });
  const made = (await later.identity.list()).filter(({ peerName }) => !before.has(peerName));
  for (const identity of made) await identity.delete();
});

for (const [area, suite] of Object.entries(SUITES)) {
  if (areas.includes(area)) suite(() => windowsStage(area));
}

import { afterAll, beforeAll, expect } from 'vitest';
import { identitySuite } from '../conformance/identity.ts';
import { pnrpSuite } from '../conformance/pnrp.ts';
import type { Agents } from '../conformance/remote/agents.ts';
import { winsockSuite } from '../conformance/winsock.ts';
import { suite } from '../needs.ts';
import { winsockDouble } from './doubles/build.ts';
import { doublesStage, windowsAgents } from './model/stage.ts';
import { Windows } from './wine.ts';

suite('conformance in Windows Node.js', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  let agents: Agents;
  beforeAll(() => {
    windows = new Windows(['p2p.dll']);
    agents = windowsAgents(windows, winsockDouble());
  }, 300_000);
  afterAll(async () => {
    const ends = await agents.end();
    windows[Symbol.dispose]();
    expect(ends).toEqual(ends.map(() => ({ status: 0, stdout: '', stderr: '' })));
  });

  const stage = () =>
    doublesStage(
      () => windows,
      () => agents,
    );
  identitySuite(stage);
  pnrpSuite(stage);
  winsockSuite(stage);
});

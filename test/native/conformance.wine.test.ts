import { afterAll, beforeAll, expect, type RunnerTask, type RunnerTestCase } from 'vitest';
import { identitySuite } from '../conformance/identity.ts';
import { pnrpSuite } from '../conformance/pnrp.ts';
import type { Agents } from '../conformance/remote/agents.ts';
import { winsockSuite } from '../conformance/winsock.ts';
import { suite } from '../needs.ts';
import { winsockDouble } from './doubles/build.ts';
import { doublesStage, windowsAgents } from './model/stage.ts';
import notPlayed from './not-played.json' with { type: 'json' };
import { Windows } from './wine.ts';

suite('conformance in Windows Node.js', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  let agents: Agents;
  // biome-ignore lint/correctness/noEmptyPattern: what vitest wants to see of a hook that takes no fixtures
  beforeAll(({}, { tasks }) => {
    const cases = tasks.flatMap((area) => casesOf(area, area.name.split(':', 1)));
    for (const { case: title } of notPlayed) {
      const listed = cases.find((it) => it.title === title)?.test;
      if (listed === undefined) throw new Error(`not-played.json: no case is called ${title}`);
      // One that passes now is to leave the list: it fails as long as it is there.
      listed.fails = true;
    }
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

/** By their titles, without the backend that they run on. */
function casesOf(task: RunnerTask, path: readonly string[]): { title: string; test: RunnerTestCase }[] {
  if (task.type === 'test') return [{ title: path.join(' > '), test: task }];
  return task.tasks.flatMap((it) => casesOf(it, [...path, it.name]));
}

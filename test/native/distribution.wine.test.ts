import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CASES, PUBLIC_CASES } from './distribution.cases.mjs';
import { provenSuite } from './proven.ts';
import { windowsPath } from './stage.ts';

provenSuite({
  area: 'distribution',
  title: 'peer distribution in Windows Node.js, over the double of peerdist.dll',
  dlls: ['peerdist.dll'],
  modules: { 'distribution.cases.mjs': CASES },
  publicly: PUBLIC_CASES,
  also: (windows) => {
    test('a process may end in the midst of calls, with handles open', async () => {
      const stage = windows().stage({
        PeerDistClientBlockRead: { completes: false },
        PeerDistServerPublishAddToStream: { completes: false },
      });
      const worker = windowsPath(join(import.meta.dirname, 'distribution-worker.mjs'));
      const addon = windowsPath(join(import.meta.dirname, '../../prebuilds/win32-x64/winpeer.node'));
      const { status, stderr } = await windows().node([worker, addon], { env: stage.env });
      expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
      expect(stage.calls().flatMap((it) => it.faults)).toEqual([]);
    });
  },
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Platform } from 'winpeer';
import { Agents } from '../conformance/remote/agents.ts';
import type { Stage } from '../conformance/stages.ts';

const AGENT = join(import.meta.dirname, '../conformance/remote/agent.mjs');

/**
 * The DLLs of this Windows: a process for each platform, since what Windows promises a process winpeer promises a
 * platform. They are one user's on one machine, whose network nothing here takes away.
 */
export function windowsStage(area: string): Stage {
  const agents = new Agents((port) =>
    once(spawn(process.execPath, [AGENT, String(port)], { stdio: 'inherit' }), 'exit'),
  );
  const folders: string[] = [];
  const platforms: Platform[] = [];
  const home = () => {
    const folder = mkdtempSync(join(tmpdir(), 'winpeer-test-'));
    folders.push(folder);
    return folder;
  };
  const platform = (shared = home()) => {
    const made = agents.platform(async () => ({ options: { backend: `${area}=native`, home: shared } }));
    platforms.push(made);
    return made;
  };
  return {
    title: 'native on this machine',
    home,
    platform,
    lockable: () => ({ platform: platform(), lock: () => undefined }),
    offline: () => platform(),
    // The service of Windows has the cloud open.
    enter: async () => undefined,
    opening: async () => ({ ours: {}, own: {} }),
    async end() {
      await Promise.all(platforms.map((it) => it.close()));
      await agents.end();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

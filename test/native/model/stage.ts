import { join } from 'node:path';
import { expect } from 'vitest';
import type { Platform } from 'winpeer';
import { Agents } from '../../conformance/remote/agents.ts';
import { type Stage, virtualStage } from '../../conformance/stages.ts';
import { faults } from '../parts.ts';
import { type Stage as Folder, held, windowsPath } from '../stage.ts';
import type { Windows } from '../wine.ts';
import { Model } from './model.ts';

const AGENT = windowsPath(join(import.meta.dirname, '../../conformance/remote/agent.mjs'));

/** Windows Node.js, with what redirects Winsock. */
export function windowsAgents(windows: Windows, winsockDouble: string): Agents {
  return new Agents((port) => windows.node([AGENT, String(port), windowsPath(winsockDouble)]));
}

/**
 * The native backend: platforms in Windows Node.js, each in a process of its own, over doubles whose Windows is played by
 * a platform on the virtual network.
 */
export function doublesStage(windows: () => Windows, agents: () => Agents): Stage {
  const behind = virtualStage();
  const model = new Model();
  const played = new Map<Platform, Platform>();
  const folders: Folder[] = [];

  function nativeOver(player: Platform): Platform {
    const platform = agents().platform(async () => {
      const folder = windows().stage(await model.script(player));
      folders.push(folder);
      const home = windowsPath(join(folder.folder, 'home'));
      return { options: { backend: 'native', home }, env: folder.env };
    });
    played.set(platform, player);
    return platform;
  }

  return {
    title: 'native over doubles',
    home: () => behind.home(),
    platform: (home) => nativeOver(behind.platform(home)),
    lockable() {
      const { platform, lock } = behind.lockable();
      return { platform: nativeOver(platform), lock };
    },
    offline: () => nativeOver(behind.offline()),
    async enter(platform) {
      const player = played.get(platform);
      if (player !== undefined) await behind.enter(player);
    },
    opening: () => behind.opening(),
    async end() {
      await Promise.all([...played.keys()].map((platform) => platform.close()));
      await behind.end();
      model.end();
      for (const calls of folders.map((folder) => folder.calls())) {
        expect(faults(calls)).toEqual([]);
        expect(held(calls)).toEqual([]);
      }
    },
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlatform, type Platform } from 'winpeer';
import type { PnrpAddress } from 'winpeer/pnrp';
import { network } from 'winpeer/testing';

/** A backend on which the conformance suites run: it makes platforms that can reach each other. */
export interface Stage {
  readonly title: string;
  /** Fresh and empty; `home` shares the identities and files of an earlier platform. */
  platform(home?: string): Platform;
  /** A home that several platforms can share. */
  home(): string;
  /** Where a node listens; undefined: where it does by itself. */
  readonly listen: readonly PnrpAddress[] | undefined;
  end(): Promise<void>;
}

/** Sockets, clock and disk of this machine, on loopback. */
function realStage(): Stage {
  const folders: string[] = [];
  const platforms: Platform[] = [];
  const home = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'winpeer-test-'));
    folders.push(folder);
    return folder;
  };
  return {
    title: 'fallback on this machine',
    home,
    platform: (shared = home()) => {
      const platform = createPlatform({ backend: 'fallback', home: shared });
      platforms.push(platform);
      return platform;
    },
    listen: [{ address: '::1', port: 0 }],
    async end() {
      await Promise.all(platforms.map((platform) => platform.close({ abrupt: true })));
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The virtual network: the same on every run. */
function virtualStage(): Stage {
  const net = network({ seed: 1 });
  const platforms: Platform[] = [];
  let homes = 0;
  return {
    title: 'fallback on the virtual network',
    home: () => `home-${++homes}`,
    platform: (home) => {
      const platform = net.platform(home === undefined ? {} : { disk: home });
      platforms.push(platform);
      return platform;
    },
    listen: undefined,
    async end() {
      await Promise.all(platforms.map((platform) => platform.close({ abrupt: true })));
    },
  };
}

export const STAGES = [realStage, virtualStage] as const;

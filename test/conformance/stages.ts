import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlatform, type Platform } from 'winpeer';
import type { CloudOpenOptions } from 'winpeer/pnrp';
import { network } from 'winpeer/testing';
import { createHost } from '#fallback/runtime/host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { CacheStores } from '#lib/backend/contract/cache-store';
import type { Store } from '#lib/backend/contract/host';
import { Meeting } from './meeting.ts';

const LOOPBACK = { name: 'lo', index: 1, addresses: ['::1'], loopback: true };

/** A backend on which the conformance suites run: it makes platforms that can reach each other. */
export interface Stage {
  readonly title: string;
  /** Fresh and empty; `home` shares the identities and files of an earlier platform. */
  platform(home?: string): Platform;
  /** A home that several platforms can share. */
  home(): string;
  /** A platform whose home is out of reach from `lock` on. */
  lockable(): { readonly platform: Platform; lock(): void };
  /** A platform of a machine that has lost its network: IPv6 is there, and no address but loopback. */
  offline(): Platform;
  /** Resolves when the platform is in the one cloud of this stage. */
  enter(platform: Platform): Promise<void>;
  /** What opens that cloud, and what another one of one's own. */
  opening(): Promise<{ readonly ours: CloudOpenOptions; readonly own: CloudOpenOptions }>;
  end(): Promise<void>;
}

/** Sockets, clock and disk of this machine, on loopback. */
export function realStage(): Stage {
  const folders: string[] = [];
  const platforms: Platform[] = [];
  const home = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'winpeer-test-'));
    folders.push(folder);
    return folder;
  };
  const platform = (shared = home()) => {
    const made = createPlatform({ backend: 'fallback', home: shared });
    platforms.push(made);
    return made;
  };
  const meeting = new Meeting(platform, { listen: [{ address: '::1', port: 0 }] });
  return {
    title: 'fallback on this machine',
    home,
    platform,
    lockable() {
      const folder = home();
      return {
        platform: platform(folder),
        // Modes hold back no superuser; a file where the folder was holds back everybody.
        lock() {
          rmSync(folder, { recursive: true });
          writeFileSync(folder, '');
        },
      };
    },
    offline() {
      const host = createHost({ home: home() });
      const interfaces = { ...host.interfaces, list: () => [LOOPBACK] };
      const made = createPlatform({ backend: 'fallback', host: { ...host, interfaces } });
      platforms.push(made);
      return made;
    },
    enter: (entering) => meeting.enter(entering),
    opening: () => meeting.opening(),
    async end() {
      await Promise.all(platforms.map((it) => it.close({ abrupt: true })));
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The virtual network: the same on every run. */
export function virtualStage(): Stage {
  const net = network({ seed: 1 });
  const platforms: Platform[] = [];
  let homes = 0;
  const platform = (home?: string) => {
    // On a link of its own: whom it finds is for the suite to say.
    const link = `link-${platforms.length}`;
    const made = net.platform(home === undefined ? { link } : { link, disk: home });
    platforms.push(made);
    return made;
  };
  const meeting = new Meeting(platform, {});
  return {
    title: 'fallback on the virtual network',
    home: () => `home-${++homes}`,
    platform,
    lockable() {
      const host = new VirtualNetwork().host();
      let locked = false;
      const check = (): void => {
        if (locked) throw Object.assign(new Error('the disk is locked'), { code: 'EACCES' });
      };
      const caches: CacheStores = {
        async open(location) {
          check();
          const opened = await host.caches.open(location);
          return {
            ...opened,
            flush: async (tag) => {
              check();
              return opened.flush(tag);
            },
          };
        },
      };
      const store = {
        async open(name: string): Promise<Store> {
          const opened = await host.store.open(name);
          return {
            ...opened,
            get: async (key) => {
              check();
              return opened.get(key);
            },
            range: async (prefix) => {
              check();
              return opened.range(prefix);
            },
            update: async (decide) => {
              check();
              return opened.update(decide);
            },
          };
        },
      };
      const ports = { store: { value: store }, caches: { value: caches } };
      const made = createPlatform({ backend: 'fallback', host: Object.create(host, ports) });
      platforms.push(made);
      return {
        platform: made,
        lock() {
          locked = true;
        },
      };
    },
    offline() {
      const host = new VirtualNetwork().host();
      host.setInterfaces([LOOPBACK]);
      const made = createPlatform({ backend: 'fallback', host });
      platforms.push(made);
      return made;
    },
    enter: (entering) => meeting.enter(entering),
    opening: () => meeting.opening(),
    async end() {
      await Promise.all(platforms.map((it) => it.close({ abrupt: true })));
    },
  };
}

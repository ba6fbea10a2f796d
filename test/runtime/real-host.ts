import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createHost } from '#fallback/runtime/host';
import type { Host } from '#lib/backend/contract/host';

/** Of an interface, as Linux counts its flags. */
const IFF_MULTICAST = 0x1000;

/** A host of this machine with a home of its own, which goes with the test. */
export function realHost(): Host {
  return createHost({ home: freshFolder() });
}

/**
 * The name of an interface of this machine that carries multicast of a family, if it has one. Interfaces of macOS with a
 * link-local address alone are for other purposes; on Windows Node.js numbers the scopes of addresses.
 */
export function multicastLink(family: 'IPv4' | 'IPv6'): string | undefined {
  if (process.platform === 'win32') return undefined;
  return Object.entries(networkInterfaces()).find(
    ([name, addresses = []]) =>
      (family === 'IPv4' || addresses.some((it) => !it.internal && it.address.startsWith('fe80:'))) &&
      addresses.some((it) => !it.internal && it.family === family && !it.address.startsWith('fe80:')) &&
      isMulticast(name),
  )?.[0];
}

function isMulticast(name: string): boolean {
  if (process.platform !== 'linux') return true;
  return (Number(readFileSync(`/sys/class/net/${name}/flags`, 'utf8')) & IFF_MULTICAST) !== 0;
}

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'winpeer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

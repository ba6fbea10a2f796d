import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createHost } from '#fallback/runtime/host';
import type { Host } from '#lib/backend/contract/host';

/** A host of this machine with a home of its own, which goes with the test. */
export function realHost(): Host {
  return createHost({ home: freshFolder() });
}

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'winpeer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

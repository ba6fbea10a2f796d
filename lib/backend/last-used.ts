import type { AreaName } from './contract/backend.js';
import type { Stores } from './contract/host.js';
import type { BackendName } from './select.js';

/*
 * Which backend a home was last used with. What users of these areas make is kept by Windows or in the home: what the one
 * keeps the other does not show.
 */
const KEEPING: readonly AreaName[] = ['identity', 'graphing', 'grouping', 'collaboration', 'distribution'];
const STORE = 'backends';

export type LastUsed = ReadonlyMap<string, BackendName>;

/** By area. A home that can't be read says nothing here: what needs it says why. */
export async function lastUsed(stores: Stores): Promise<LastUsed> {
  try {
    const store = await stores.open(STORE);
    const entries = await store.range('');
    await store.close();
    return new Map(entries.map(([area, backend]) => [area, Buffer.from(backend).toString() as BackendName]));
  } catch {
    return new Map();
  }
}

/** A home that can't be written to serves on. */
export async function remember(stores: Stores, area: AreaName, backend: BackendName, known: LastUsed): Promise<void> {
  if (!KEEPING.includes(area) || known.get(area) === backend) return;
  try {
    const store = await stores.open(STORE);
    await store.update(() => new Map([[area, Buffer.from(backend)]]));
    await store.close();
  } catch {
    // Then the next platform knows what this one knew.
  }
}

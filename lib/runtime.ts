import type { AreaName, Backends } from './backend/contract/backend.js';
import type { ReadingId } from './backend/select.js';

/** What a Platform gives to its public classes. */
export interface Runtime {
  /** Starts the area where needed and makes one call on it; rejects with PEER_E_NOT_INITIALIZED after close. */
  call<A extends AreaName, T>(area: A, operation: string, use: (backend: Backends[A]) => Promise<T>): Promise<T>;
  /** The pure text helpers, which need no start. */
  names(): Backends['names'];
  /** The chosen candidate of a reading. */
  reading(id: ReadingId): string;
  /** The same for a call on something that an area handed out. */
  wait<T>(operation: string, use: () => Promise<T>): Promise<T>;
  /** Closes something that an area handed out; with the platform it is closed already. */
  end(use: () => Promise<void>): Promise<void>;
}

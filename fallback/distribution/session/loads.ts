import { SERVER_LOAD } from './limits.js';
import { type BlockServer, serverKey } from './server.js';

/** How many requests each server has to answer at the moment. */
export class Loads {
  readonly #loads = new Map<string, number>();
  readonly #watchers = new Set<() => void>();

  of(server: BlockServer): number {
    return this.#loads.get(serverKey(server)) ?? 0;
  }

  isFull(server: BlockServer): boolean {
    return this.of(server) >= SERVER_LOAD;
  }

  /** Calls whenever a server has answered, until what it returns is called. */
  watch(eased: () => void): () => void {
    this.#watchers.add(eased);
    return () => void this.#watchers.delete(eased);
  }

  async during<T>(server: BlockServer, request: () => Promise<T>): Promise<T> {
    this.#loads.set(serverKey(server), this.of(server) + 1);
    try {
      return await request();
    } finally {
      const load = this.of(server) - 1;
      if (load === 0) this.#loads.delete(serverKey(server));
      else this.#loads.set(serverKey(server), load);
      for (const eased of this.#watchers) eased();
    }
  }
}

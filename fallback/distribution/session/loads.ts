import { type BlockServer, serverKey } from './server.js';

/** How many requests each server has to answer at the moment. */
export class Loads {
  readonly #loads = new Map<string, number>();

  of(server: BlockServer): number {
    return this.#loads.get(serverKey(server)) ?? 0;
  }

  async during<T>(server: BlockServer, request: Promise<T>): Promise<T> {
    this.#change(server, 1);
    try {
      return await request;
    } finally {
      this.#change(server, -1);
    }
  }

  #change(server: BlockServer, by: number): void {
    const load = this.of(server) + by;
    if (load === 0) this.#loads.delete(serverKey(server));
    else this.#loads.set(serverKey(server), load);
  }
}

import type { Clock } from '../../../lib/backend/contract/host.js';
import { AVOIDED_SERVERS, FAILED_MS, TIME_OUTS, WRONG_BLOCK_MS } from './limits.js';
import { type BlockServer, serverKey } from './server.js';

/** Which servers are left alone for a while: those that gave a wrong block, and those that fail again and again. */
export class AvoidedServers {
  readonly #clock: Clock;
  /** When it is over, by server; the oldest first. */
  readonly #until = new Map<string, number>();
  /** Failures since a server answered last, the oldest first. */
  readonly #failures = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(server: BlockServer): boolean {
    const key = serverKey(server);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#clock.now()) return true;
    this.#until.delete(key);
    return false;
  }

  answered(server: BlockServer): void {
    this.#failures.delete(serverKey(server));
  }

  failed(server: BlockServer): void {
    const key = serverKey(server);
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.delete(key);
    if (failures < TIME_OUTS) remember(this.#failures, key, failures);
    else remember(this.#until, key, this.#clock.now() + FAILED_MS);
  }

  gaveWrongBlock(server: BlockServer): void {
    remember(this.#until, serverKey(server), this.#clock.now() + WRONG_BLOCK_MS);
  }
}

function remember(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > AVOIDED_SERVERS && oldest !== undefined) map.delete(oldest);
}

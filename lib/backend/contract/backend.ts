/** What a platform hands to a backend's area when it starts it, and how areas reach each other. */
import type { CollaborationBackend } from './collaboration.js';
import type { DistributionBackend } from './distribution.js';
import type { DrtBackend } from './drt.js';
import type { GraphingBackend } from './graphing.js';
import type { GroupingBackend } from './grouping.js';
import type { Host } from './host.js';
import type { IdentityBackend } from './identity.js';
import type { NamesBackend } from './names.js';
import type { PnrpBackend } from './pnrp.js';
import type { WinsockBackend } from './winsock.js';

export interface Backends {
  readonly identity: IdentityBackend;
  readonly names: NamesBackend;
  readonly pnrp: PnrpBackend;
  readonly winsock: WinsockBackend;
  readonly graphing: GraphingBackend;
  readonly grouping: GroupingBackend;
  readonly collaboration: CollaborationBackend;
  readonly drt: DrtBackend;
  readonly distribution: DistributionBackend;
}

export type AreaName = keyof Backends;

/** Each area starts on first use and ends with its platform. */
export interface AreaLifetime {
  /** One JSON-safe object with a `version`, alike on both backends. */
  stats(): Promise<AreaStats>;
  /** Whether what is open keeps the process alive; true at the start. */
  hold(alive: boolean): void;
  /** `abrupt` leaves without telling anybody, as a crash would. */
  close(options: { readonly abrupt: boolean }): Promise<void>;
}

export interface AreaStats {
  readonly version: number;
  readonly [name: string]: unknown;
}

export interface AreaContext {
  readonly host: Host;
  /** Another area of the same platform, started when first asked for. */
  area<A extends AreaName>(name: A): Promise<Backends[A]>;
}

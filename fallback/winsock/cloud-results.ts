import type { Subscription } from '../../lib/backend/contract/events.js';
import type { CloudInfo, PnrpBackend, PnrpScope } from '../../lib/backend/contract/pnrp.js';
import type { CloudFlag, CloudResult } from '../../lib/backend/contract/winsock.js';
import type { Results } from './open-lookup.js';

/**
 * The clouds that are there, then the end, then each difference between what the caller was told and what is. So a
 * caller that comes seldom is told what has become of a cloud, not each step on the way, and nothing piles up.
 */
export class CloudResults implements Results<CloudResult> {
  readonly #pnrp: PnrpBackend;
  readonly #scope: PnrpScope | undefined;
  readonly #changed: () => void;
  #subscription: Subscription | undefined;
  #first: CloudInfo[] = [];
  #ended = false;
  /** By name, as the caller knows them. */
  #told: ReadonlyMap<string, CloudInfo> = new Map();
  #now: readonly CloudInfo[] = [];
  #looking: Promise<void> = Promise.resolve();

  constructor(pnrp: PnrpBackend, scope: PnrpScope | undefined, changed: () => void) {
    this.#pnrp = pnrp;
    this.#scope = scope;
    this.#changed = changed;
  }

  async begin(): Promise<void> {
    this.#subscription = await this.#pnrp.watchClouds(() => this.#lookAgain());
    this.#now = await this.#clouds();
    this.#first = [...this.#now];
    this.#told = byName(this.#now);
  }

  get ready(): boolean {
    return !this.#ended || this.#difference() !== undefined;
  }

  take(): CloudResult | undefined {
    if (this.#ended) {
      const difference = this.#difference();
      if (difference !== undefined) this.#tell(difference);
      return difference;
    }
    const cloud = this.#first.shift();
    if (cloud === undefined) this.#ended = true;
    return cloud && withFlags(cloud);
  }

  async close(): Promise<void> {
    await this.#subscription?.close();
  }

  async #clouds(): Promise<readonly CloudInfo[]> {
    const clouds = await this.#pnrp.clouds();
    return this.#scope === undefined ? clouds : clouds.filter(({ scope }) => scope === this.#scope);
  }

  /** One after the other, so that an older answer never comes last. */
  #lookAgain(): void {
    this.#looking = this.#looking
      .then(async () => {
        this.#now = await this.#clouds();
        this.#changed();
      })
      // PNRP is closing, and with it this lookup.
      .catch(() => undefined);
  }

  #difference(): CloudResult | undefined {
    const now = byName(this.#now);
    for (const [name, told] of this.#told) if (!now.has(name)) return { ...withFlags(told), change: 'deleted' };
    for (const cloud of this.#now) {
      const told = this.#told.get(cloud.name);
      if (told === undefined) return { ...withFlags(cloud), change: 'added' };
      if (told.state !== cloud.state || told.scopeId !== cloud.scopeId) {
        return { ...withFlags(cloud), change: 'changed' };
      }
    }
    return undefined;
  }

  #tell(cloud: CloudResult): void {
    const told = new Map(this.#told);
    if (cloud.change === 'deleted') told.delete(cloud.name);
    else told.set(cloud.name, cloud);
    this.#told = told;
  }
}

function byName(clouds: readonly CloudInfo[]): ReadonlyMap<string, CloudInfo> {
  return new Map(clouds.map((it) => [it.name, it]));
}

/** A name with the index of an interface means nothing on other machines. [MS-HGRP] 4.1. */
function withFlags(cloud: CloudInfo): CloudResult {
  const flags: CloudFlag[] = cloud.name.includes('%') ? ['name-local', 'full-participant'] : ['full-participant'];
  return { ...cloud, flags };
}

import { afterAll, beforeAll } from 'vitest';
import type { Platform } from 'winpeer';
import type { Stage } from './stages.ts';

/** Platforms that are in one cloud, from the first case of a suite to its last. */
export class Company {
  readonly stage: Stage;
  #alice: Platform | undefined;
  #bob: Platform | undefined;

  constructor(stage: Stage) {
    this.stage = stage;
    beforeAll(async () => {
      this.#alice = await this.join();
      this.#bob = await this.join();
    });
    afterAll(() => stage.end());
  }

  get alice(): Platform {
    return present(this.#alice);
  }

  get bob(): Platform {
    return present(this.#bob);
  }

  /** Another one. */
  async join(): Promise<Platform> {
    const platform = this.stage.platform();
    await this.stage.enter(platform);
    return platform;
  }
}

function present(platform: Platform | undefined): Platform {
  if (platform === undefined) throw new Error('the company meets before the first case');
  return platform;
}

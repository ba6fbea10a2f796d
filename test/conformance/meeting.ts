import type { Platform } from 'winpeer';
import type { CloudOpenOptions, OpenCloud } from 'winpeer/pnrp';

/** The cloud in which the fallback's platforms of a stage meet: all of them are given its first node, which is nobody's. */
export class Meeting {
  readonly #platform: () => Platform;
  /** A cloud of one's own. */
  readonly #own: CloudOpenOptions;
  #seed: Promise<OpenCloud> | undefined;

  constructor(platform: () => Platform, own: CloudOpenOptions) {
    this.#platform = platform;
    this.#own = own;
  }

  async opening(): Promise<{ readonly ours: CloudOpenOptions; readonly own: CloudOpenOptions }> {
    this.#seed ??= this.#begin();
    return { ours: { ...this.#own, seeds: (await this.#seed).addresses }, own: this.#own };
  }

  async enter({ pnrp }: Platform): Promise<void> {
    const cloud = await pnrp.open((await this.opening()).ours);
    await cloud.joined();
  }

  async #begin(): Promise<OpenCloud> {
    const { pnrp } = this.#platform();
    const cloud = await pnrp.open(this.#own);
    await cloud.joined();
    // A node without a name is of no use as a seed.
    await pnrp.register('0.seed', { cloud: cloud.cloud, port: 1 });
    return cloud;
  }
}

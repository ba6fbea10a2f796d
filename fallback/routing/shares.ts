/** The places of a bounded table, and how many of them each holder has: one alone never gets them all. */
export class Shares {
  readonly #limit: number;
  readonly #limitPerHolder: number;
  readonly #held = new Map<string, number>();
  #taken = 0;

  constructor(options: { readonly limit: number; readonly limitPerHolder: number }) {
    this.#limit = options.limit;
    this.#limitPerHolder = options.limitPerHolder;
  }

  get taken(): number {
    return this.#taken;
  }

  /** False when no place is left, or none for this holder. */
  take(holder: string): boolean {
    const held = this.#held.get(holder) ?? 0;
    if (this.#taken >= this.#limit || held >= this.#limitPerHolder) return false;
    this.#held.set(holder, held + 1);
    this.#taken += 1;
    return true;
  }

  /** Gives back a place that was taken. */
  release(holder: string): void {
    const held = this.#held.get(holder) ?? 0;
    if (held > 1) this.#held.set(holder, held - 1);
    else this.#held.delete(holder);
    this.#taken -= 1;
  }
}

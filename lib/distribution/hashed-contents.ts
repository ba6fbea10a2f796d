import { createHash, randomBytes } from 'node:crypto';
import type { DistributionBackend } from '../backend/contract/distribution.js';
import type { ServerSecret } from '../backend/contract/distribution-services.js';
import { isPeerError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import type { ContentStore } from './content-store.js';

/** Contents that stay published; those that were asked for longest ago go first. */
const MAX_PUBLISHED = 10_000;
/** Contents that wait to be hashed; more are taken up when they are asked for again. */
const MAX_WAITING = 1000;
/** Until a content that could not be hashed is tried again. */
const RETRY_MS = 30_000;
/** A file this young may be replaced by another with the same stamp: file systems count time in steps. */
const UNSETTLED_MS = 2000;

export interface HashingOptions {
  readonly secret?: ServerSecret;
  /** Stands for the store; what is kept goes by it, and nothing is kept without. */
  readonly name?: string;
  readonly onHashed?: (content: PublishedContent) => void;
}

export interface Wanted {
  readonly path: string;
  readonly etag: string;
  readonly length: number;
  readonly lastModified: Date | undefined;
}

/** A content whose content information can be given out from now on. */
export interface PublishedContent {
  readonly path: string;
  /** Of the content. */
  readonly bytes: number;
}

/**
 * What a content server has published, one content after the other, in the background. A content goes by its store, its path
 * and its validator, so one that changed is another one, and its old hashes are never given out for it.
 */
export class HashedContents {
  readonly #runtime: Runtime;
  readonly #store: ContentStore;
  readonly #secret: ServerSecret | undefined;
  readonly #secretHash: string;
  readonly #name: string | undefined;
  readonly #onHashed: ((content: PublishedContent) => void) | undefined;
  /** Content ids by key, those asked for last at the end. */
  readonly #published = new Map<string, Uint8Array>();
  readonly #waiting = new Map<string, Wanted>();
  /** When a content may be tried first, or again, where that is not at once. */
  readonly #notBefore = new Map<string, number>();
  #hashing: Promise<void> | undefined;
  #checked: Promise<void> | undefined;
  #closed = false;

  constructor(runtime: Runtime, store: ContentStore, { secret, name, onHashed }: HashingOptions) {
    this.#runtime = runtime;
    this.#store = store;
    this.#secret = secret;
    this.#secretHash = createHash('sha256')
      .update(secret ?? '')
      .digest('hex');
    this.#name = name;
    this.#onHashed = onHashed;
  }

  /** Rejects with `ERROR_NOT_SUPPORTED` where the system has a secret of its own and takes no other. */
  check(): Promise<void> {
    this.#checked ??= this.#checkSecret();
    return this.#checked;
  }

  /** The id under which it is published; undefined while it is not, and then it will be soon. */
  find(wanted: Wanted): Uint8Array | undefined {
    const key = this.#keptId(wanted).toString('hex');
    const published = this.#published.get(key);
    if (published !== undefined) {
      this.#published.delete(key);
      this.#published.set(key, published);
      return published;
    }
    if (this.#isEarly(key, wanted) || this.#closed || this.#waiting.size >= MAX_WAITING) return undefined;
    this.#waiting.set(key, wanted);
    this.#hashing ??= this.#hashAll().finally(() => {
      this.#hashing = undefined;
    });
    return undefined;
  }

  #isEarly(key: string, { lastModified }: Wanted): boolean {
    const age = Date.now() - (lastModified?.getTime() ?? 0);
    if (age >= 0 && age < UNSETTLED_MS) return true;
    // The clock that stamped it is ahead of this one, so its age counts from when it is first seen.
    if (age < 0 && !this.#notBefore.has(key)) this.#notBefore.set(key, performance.now() + UNSETTLED_MS);
    trim(this.#notBefore, MAX_WAITING);
    return (this.#notBefore.get(key) ?? 0) > performance.now();
  }

  /** Resolves when nothing waits to be hashed. */
  async settled(): Promise<void> {
    await this.#hashing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    await this.#hashing;
    const failures: unknown[] = [];
    for (const [key, id] of this.#published) await this.#unpublish(key, id).catch((it: unknown) => failures.push(it));
    if (failures.length > 0) throw failures[0];
  }

  async #checkSecret(): Promise<void> {
    const secret = this.#secret;
    if (secret === undefined) return;
    try {
      await this.#runtime.call('distribution', 'PeerDistServerPublishStream', (it) => it.checkOptions({ secret }));
    } catch (error) {
      if (isPeerError(error, 'ERROR_NOT_SUPPORTED')) throw error;
      // Whatever else is wrong may be over the next time.
      this.#checked = undefined;
    }
  }

  async #hashAll(): Promise<void> {
    for (let next = first(this.#waiting); next !== undefined; next = first(this.#waiting)) {
      const [key, wanted] = next;
      try {
        const id = await this.#publish(wanted);
        if (id !== undefined) {
          this.#published.set(key, id);
          this.#onHashed?.({ path: wanted.path, bytes: wanted.length });
        } else this.#notBefore.set(key, performance.now() + RETRY_MS);
      } catch {
        // Plain answers need no hashes: whatever is wrong, such as a service that stopped, is looked at again later.
        this.#notBefore.set(key, performance.now() + RETRY_MS);
      }
      this.#waiting.delete(key);
      const eldest = first(this.#published);
      if (this.#published.size <= MAX_PUBLISHED || eldest === undefined) continue;
      // What can't be withdrawn now ends with the platform.
      await this.#unpublish(...eldest).catch(() => undefined);
    }
  }

  /** Its content id; undefined where the content is another one by now. */
  async #publish(wanted: Wanted): Promise<Uint8Array | undefined> {
    // This server's own: others may publish the same content, and withdraw it.
    const contentId = randomBytes(32);
    const keptId = this.#keptId(wanted);
    const secret = this.#secret === undefined ? {} : { secret: this.#secret };
    const call = <T>(operation: string, use: (backend: DistributionBackend) => Promise<T>) =>
      this.#runtime.call('distribution', operation, use);
    const keep = this.#name !== undefined;
    const kept = { contentId, keptId, ...secret };
    if (keep && (await call('PeerDistServerPublishStream', (it) => it.restorePublication(kept)))) return contentId;
    const content = await this.#store.find(wanted.path);
    if (content === undefined) return undefined;
    try {
      if (content.etag !== wanted.etag) return undefined;
      const options = { ...kept, keep, length: BigInt(wanted.length) };
      const stream = await call('PeerDistServerPublishStream', (it) => it.publishStream(options));
      try {
        for await (const bytes of content.read(0, content.length)) {
          if (this.#closed) return undefined;
          await this.#runtime.wait('PeerDistServerPublishAddToStream', () => stream.add(bytes));
        }
        // Bytes that came after a change are another content's.
        if (!(await this.#isStill(wanted))) return undefined;
        await this.#runtime.wait('PeerDistServerPublishCompleteStream', () => stream.complete());
      } finally {
        await this.#runtime.end(() => stream.close());
      }
      return contentId;
    } finally {
      await content.close();
    }
  }

  async #isStill(wanted: Wanted): Promise<boolean> {
    const now = await this.#store.find(wanted.path);
    await now?.close();
    return now?.etag === wanted.etag;
  }

  async #unpublish(key: string, id: Uint8Array): Promise<void> {
    this.#published.delete(key);
    await this.#runtime
      .call('distribution', 'PeerDistServerUnpublish', (backend) => backend.unpublish(id))
      .catch((error: unknown) => {
        // With the platform everything that it published has gone; and nothing else is wanted.
        if (!isPeerError(error, 'PEER_E_NOT_INITIALIZED') && !isPeerError(error, 'PEER_E_NOT_FOUND')) throw error;
      });
  }

  /**
   * Of store, path, validator, length and secret: the same in every process, and never the same for two stores, since a
   * validator tells a content from what its path had before, not from other ones. RFC 9110, 8.8.3
   */
  #keptId({ path, etag, length }: Wanted): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([this.#name, path, etag, length, typeof this.#secret, this.#secretHash]))
      .digest();
  }
}

function first<K, V>(map: ReadonlyMap<K, V>): readonly [K, V] | undefined {
  for (const entry of map) return entry;
  return undefined;
}

function trim(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}

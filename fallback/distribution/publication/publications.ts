import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type {
  ContentInformationOptions,
  PublishOptions,
  RestoreOptions,
} from '../../../lib/backend/contract/distribution.js';
import type { ServerSecret } from '../../../lib/backend/contract/distribution-services.js';
import { PeerError } from '../../../lib/errors.js';
import type { Readings } from '../../wire/readings.js';
import { checkNotEmpty, checkOffset, invalidParameter } from '../checks.js';
import {
  type ContentHashes,
  type ContentHashing,
  decodeContentInformation,
  describe,
  describeRange,
  encodeContentInformation,
} from '../content-information/index.js';
import type { HomeSecret } from '../home-secret.js';
import type { Log } from '../log.js';
import type { Operations } from '../operations.js';
import { isOfSecret } from './content-secret.js';
import type { KeptPublications, WholeInformation } from './kept-publications.js';
import { OpenInformation } from './open-information.js';
import { Publishing } from './publishing.js';

const PUBLISH = 'PeerDistServerPublishStream';
const OPEN = 'PeerDistServerOpenContentInformation';
const OPEN_EX = 'PeerDistServerOpenContentInformationEx';

/** Windows 7 takes no other one of version 1. [MS-PCCRC] note 2 */
const ALGORITHMS: Readonly<Record<1 | 2, readonly SegmentHash[]>> = { 1: ['sha256'], 2: ['sha256', 'sha512-256'] };

export interface PublicationsOptions {
  readonly readings: Readings;
  readonly hashing: ContentHashing;
  readonly secret: HomeSecret;
  readonly kept: KeptPublications;
  readonly log: Log;
}

/** All that goes on about one content id. */
interface Entry {
  /** Undefined until the content is complete. */
  information: WholeInformation | undefined;
  readonly open: Set<{ readonly operations: Operations; close(): Promise<void> }>;
}

/** The contents that a platform publishes, by their ids. */
export class Publications {
  readonly #options: PublicationsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: PublicationsOptions) {
    this.#options = options;
  }

  /** Contents whose content information can be had. */
  get count(): number {
    return [...this.#entries.values()].filter(({ information }) => information !== undefined).length;
  }

  async publish(options: PublishOptions): Promise<Publishing> {
    const { contentId, length = 0n, version = 2, keep = false } = options;
    checkNotEmpty('the content id', contentId, PUBLISH);
    checkOffset('length', length, PUBLISH);
    if (version !== 1 && version !== 2) throw invalidParameter(PUBLISH, `version is 1 or 2, not ${version}`);
    const id = Uint8Array.from(contentId);
    const keptId = Uint8Array.from(options.keptId ?? contentId);
    return this.#reserved(id, async (entry) => {
      const secret = await this.#secret(options.secret);
      const publishing: Publishing = new Publishing({
        length,
        hasher: this.#options.hashing.open(ALGORITHMS[version]),
        complete: async (hashes) => {
          const information = this.#describe(hashes, secret);
          if (keep)
            await this.#options.kept.keep(keptId, information).catch((error) => this.#options.log.failed(error));
          entry.information = information;
        },
        closed: () => {
          entry.open.delete(publishing);
          if (entry.information === undefined) this.#forget(id, entry);
        },
      });
      entry.open.add(publishing);
      return publishing;
    });
  }

  /** False where nothing is kept for this id and secret. */
  async restore({ contentId, keptId = contentId, ...options }: RestoreOptions): Promise<boolean> {
    checkNotEmpty('the content id', contentId, PUBLISH);
    const id = Uint8Array.from(contentId);
    const kept = Uint8Array.from(keptId);
    return this.#reserved(id, async (entry) => {
      const secret = await this.#secret(options.secret);
      const found = await this.#options.kept.find(kept).catch((error) => this.#options.log.failed(error));
      if (found && isOfSecret(found, secret, this.#options.readings)) entry.information = found;
      else this.#forget(id, entry);
      return entry.information !== undefined;
    });
  }

  async unpublish(contentId: Uint8Array): Promise<void> {
    const operation = 'PeerDistServerUnpublish';
    checkNotEmpty('the content id', contentId, operation);
    const entry = this.#entries.get(keyOf(contentId));
    if (entry === undefined) {
      // UNCONFIRMED: distribution.unknown-content
      if (this.#options.readings.get('distribution.unknown-content') === 'success') return;
      throw notFound(operation);
    }
    this.#entries.delete(keyOf(contentId));
    await Promise.all([...entry.open].map((it) => it.close()));
  }

  async open(options: ContentInformationOptions): Promise<OpenInformation> {
    const { contentId, range, minVersion, maxVersion } = options;
    const operation = minVersion === undefined && maxVersion === undefined ? OPEN : OPEN_EX;
    checkNotEmpty('the content id', contentId, operation);
    const entry = this.#entries.get(keyOf(contentId));
    if (entry?.information === undefined) {
      throw notFound(operation);
    }
    const whole = choose(entry.information, options, operation);
    const bytes = this.#ranged(whole, range, operation);
    const open: OpenInformation = new OpenInformation(bytes, () => entry.open.delete(open));
    entry.open.add(open);
    return open;
  }

  async cancel(contentId: Uint8Array, operation: number): Promise<void> {
    const open = this.#entries.get(keyOf(contentId))?.open ?? [];
    for (const { operations } of open) if (await operations.cancel(operation)) return;
    const why = `no operation ${operation} goes on for this content`;
    throw new PeerError('PEERDIST_ERROR_OPERATION_NOTFOUND', 'PeerDistServerCancelAsyncOperation', why);
  }

  async close(): Promise<void> {
    const open = [...this.#entries.values()].flatMap((entry) => [...entry.open]);
    this.#entries.clear();
    await Promise.all(open.map((it) => it.close()));
  }

  /** The id is taken from here on, and free again where `use` fails. */
  async #reserved<T>(contentId: Uint8Array, use: (entry: Entry) => Promise<T>): Promise<T> {
    if (this.#entries.has(keyOf(contentId))) {
      throw new PeerError('PEERDIST_ERROR_ALREADY_EXISTS', PUBLISH, 'a content is published under this id already');
    }
    const entry: Entry = { information: undefined, open: new Set() };
    this.#entries.set(keyOf(contentId), entry);
    try {
      return await use(entry);
    } catch (error) {
      this.#forget(contentId, entry);
      throw error;
    }
  }

  #forget(contentId: Uint8Array, entry: Entry): void {
    const key = keyOf(contentId);
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  async #secret(given: ServerSecret | undefined): Promise<ServerSecret> {
    if (given === undefined) return this.#options.secret.get(PUBLISH);
    checkNotEmpty('the secret', given, PUBLISH);
    return given;
  }

  #describe(hashes: readonly ContentHashes[], secret: ServerSecret): WholeInformation {
    const { readings } = this.#options;
    const all = hashes.map((it) => describe(it, secret, readings));
    return new Map(all.map((it) => [it.version, encodeContentInformation(it, readings)]));
  }

  #ranged(whole: Uint8Array, range: ContentInformationOptions['range'], operation: string): Uint8Array {
    if (range === undefined || (range.offset === 0n && range.length === 0n)) return whole;
    checkOffset('offset', range.offset, operation);
    checkOffset('length', range.length, operation);
    const information = decodeContentInformation(whole, operation);
    try {
      const { readings } = this.#options;
      return encodeContentInformation(describeRange(information, range, readings), readings);
    } catch (error) {
      if (error instanceof RangeError) throw invalidParameter(operation, error.message);
      throw error;
    }
  }
}

function keyOf(contentId: Uint8Array): string {
  return Buffer.from(contentId).toString('hex');
}

/** Without a choice the form that every Windows reads; else the newest that is allowed. */
function choose(
  information: WholeInformation,
  { minVersion, maxVersion }: ContentInformationOptions,
  operation: string,
): Uint8Array {
  const least = minVersion ?? 1;
  const most = maxVersion ?? (minVersion === undefined ? 1 : 2);
  for (const version of [least, most]) {
    if (version !== 1 && version !== 2) throw invalidParameter(operation, `versions are 1 and 2, not ${version}`);
  }
  if (least > most) throw invalidParameter(operation, `no version is from ${least} to ${most}`);
  const found = (most === 2 ? information.get(2) : undefined) ?? (least === 1 ? information.get(1) : undefined);
  if (found !== undefined) return found;
  const why = `the content is not published in version ${most}`;
  throw new PeerError('PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED', operation, why);
}

function notFound(operation: string): PeerError {
  return new PeerError('PEER_E_NOT_FOUND', operation, 'no content is published under this id');
}

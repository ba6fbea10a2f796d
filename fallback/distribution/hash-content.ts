import type { SegmentHash } from '../../lib/backend/contract/cache-store.js';
import type {
  HashContentOptions,
  HashedContent,
  ServerSecret,
} from '../../lib/backend/contract/distribution-services.js';
import { PeerError } from '../../lib/errors.js';
import type { Readings } from '../wire/readings.js';
import {
  type ContentHashes,
  type ContentHashing,
  describe,
  describeRange,
  encodeContentInformation,
} from './content-information/index.js';
import { describeInformation } from './description.js';

/** Content information of a file, or of bytes as they come. */
export async function hashContent(
  hashing: ContentHashing,
  options: HashContentOptions & { readonly secret: ServerSecret },
  readings: Readings,
): Promise<HashedContent> {
  const { secret, range } = options;
  const [hashes] = await hash(hashing, options);
  try {
    const whole = describe(hashes as ContentHashes, secret, readings);
    const information = range === undefined ? whole : describeRange(whole, range, readings);
    return { ...describeInformation(information), contentInformation: encodeContentInformation(information, readings) };
  } catch (error) {
    if (error instanceof RangeError) throw new PeerError('E_INVALIDARG', 'hashContent', error.message);
    throw error;
  }
}

async function hash(
  hashing: ContentHashing,
  { source, progress, signal, ...options }: HashContentOptions,
): Promise<readonly ContentHashes[]> {
  const algorithms = [algorithmOf(options)];
  if (typeof source === 'string') {
    return hashing.hashFile(source, algorithms, {
      progress: (bytes) => progress?.(BigInt(bytes)),
      ...(signal === undefined ? {} : { signal }),
    });
  }
  const hasher = hashing.open(algorithms);
  let hashed = 0n;
  for await (const bytes of source) {
    signal?.throwIfAborted();
    await hasher.add(bytes);
    hashed += BigInt(bytes.length);
    progress?.(hashed);
  }
  signal?.throwIfAborted();
  return hasher.end();
}

function algorithmOf({
  version = 1,
  algorithm = 'sha256',
}: Pick<HashContentOptions, 'version' | 'algorithm'>): SegmentHash {
  return version === 2 ? 'sha512-256' : algorithm;
}

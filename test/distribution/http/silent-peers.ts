import { EventEmitter, once } from 'node:events';
import type { Backends } from '#lib/backend/contract/backend';
import type { Content, DistributionBackend } from '#lib/backend/contract/distribution';
import type { ContentDescription } from '#lib/backend/contract/distribution-services';
import type { Runtime } from '#lib/runtime';

const HASH = new Uint8Array(32);

/** A backend with one content, whose peers never say a word: reads of it end when it is closed alone. */
export function silentPeers() {
  const happened = new EventEmitter();
  const content: Partial<Content> = {
    addContentInformation: async () => undefined,
    completeContentInformation: async () => undefined,
    blockRead: async () => {
      happened.emit('asked');
      await once(happened, 'closed');
      throw new Error('the content is closed');
    },
    close: async () => void happened.emit('closed'),
  };
  const segment = { offset: 0n, length: 1, hashOfData: HASH, secret: HASH, id: HASH, blocks: [] };
  const description: ContentDescription = {
    version: 2,
    algorithm: 'sha512-256',
    offset: 0n,
    length: 1n,
    segments: [segment],
  };
  const distribution: Partial<DistributionBackend> = {
    services: async () => ({ describeContentInformation: async () => description }) as never,
    openContent: async () => content as Content,
  };
  const runtime: Partial<Runtime> = {
    call: (_area, _operation, use) => use(distribution as Backends[never]),
    wait: (_operation, use) => use(),
    end: (use) => use(),
  };
  return { runtime: runtime as Runtime, asked: once(happened, 'asked'), closed: once(happened, 'closed') };
}

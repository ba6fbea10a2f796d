import { Resolver } from 'node:dns/promises';
import type { Dns } from '../../lib/backend/contract/host.js';

/** A name server that is silent must not hold up a start, or the end of the process, for long. */
const TIMEOUT_MS = 1000;

export function realDns(): Dns {
  return {
    async resolve6(name, { signal } = {}) {
      signal?.throwIfAborted();
      const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
      const cancel = (): void => resolver.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        return await resolver.resolve6(name);
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
  };
}

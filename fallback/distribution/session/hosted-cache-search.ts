import type { AvoidedServers } from './avoided.js';
import type { Found, SoughtSegment } from './peer-search.js';
import type { Retrieval } from './retrieval.js';
import type { BlockServer } from './server.js';

/** The configured server: asked itself, without discovery. [MS-CCROD] 2.8.2.2.2 */
export class HostedCacheSearch {
  readonly #retrieval: Retrieval;
  readonly #avoided: AvoidedServers;
  readonly server: BlockServer;

  constructor(retrieval: Retrieval, avoided: AvoidedServers, server: BlockServer) {
    this.#retrieval = retrieval;
    this.#avoided = avoided;
    this.server = server;
  }

  /** Over when nobody else will be found. */
  async locate(
    segments: readonly SoughtSegment[],
    version: 1 | 2,
    found: Found,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#avoided.has(this.server)) return;
    const held = version === 1 ? segments : await this.#held(segments, signal);
    for (const { name } of held) found(name, this.server);
  }

  /** Segments of version 2 are many: one request says which are there. [MS-PCCRR] 3 */
  async #held(segments: readonly SoughtSegment[], signal: AbortSignal): Promise<readonly SoughtSegment[]> {
    try {
      const ids = segments.map(({ id }) => id);
      const { ranges } = await this.#retrieval.segmentList(this.server.remote, ids, signal);
      return ranges.flatMap(({ index, count }) => segments.slice(index, index + count));
    } catch {
      // Of version 1.0 alone, which has no such request, or away, which the requests for blocks will find.
      return signal.aborted ? [] : segments;
    }
  }
}

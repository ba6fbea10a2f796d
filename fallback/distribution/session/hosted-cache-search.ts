import type { Clock } from '../../../lib/backend/contract/host.js';
import { Gathered } from '../gathered.js';
import type { RetrievalClient } from '../retrieval/retrieval-client.js';
import type { AvoidedServers } from './avoided.js';
import type { SoughtSegment } from './peer-search.js';
import type { Requests } from './requests.js';
import type { BlockServer } from './server.js';

interface Asked extends SoughtSegment {
  answer(held: boolean): void;
}

/** Segments of one request: the message has room for 2,729. [MS-PCCRR] 2.2.4.4 */
const REQUEST_SEGMENTS = 256;

/** The configured server: asked itself, without discovery. [MS-CCROD] 2.8.2.2.2 */
export class HostedCacheSearch {
  readonly #retrieval: RetrievalClient;
  readonly #avoided: AvoidedServers;
  readonly #requests: Requests;
  readonly #gathered: Gathered<Asked>;
  readonly server: BlockServer;

  constructor(
    {
      clock,
      retrieval,
      avoided,
      requests,
    }: { clock: Clock; retrieval: RetrievalClient; avoided: AvoidedServers; requests: Requests },
    server: BlockServer,
  ) {
    this.#retrieval = retrieval;
    this.#avoided = avoided;
    this.#requests = requests;
    this.server = server;
    this.#gathered = new Gathered(clock, REQUEST_SEGMENTS, (asked) => void this.#ask(asked));
  }

  /** Resolves when nobody else will be found. */
  async locate(segment: SoughtSegment, version: 1 | 2, found: (server: BlockServer) => void): Promise<void> {
    if (this.#avoided.has(this.server) || this.#requests.ended) return;
    // Segments of version 2 are many: one request says which are there. [MS-PCCRR] 3
    const held = version === 1 || (await new Promise<boolean>((answer) => this.#gathered.add({ ...segment, answer })));
    if (held) found(this.server);
  }

  async #ask(asked: readonly Asked[]): Promise<void> {
    const held = await this.#held(asked);
    for (const it of asked) it.answer(held.has(it));
  }

  async #held(asked: readonly Asked[]): Promise<ReadonlySet<Asked>> {
    try {
      const ids = asked.map(({ id }) => id);
      const { ranges } = await this.#requests.run((signal) =>
        this.#retrieval.segmentList(this.server.remote, ids, signal),
      );
      return new Set(ranges.flatMap(({ index, count }) => asked.slice(index, index + count)));
    } catch {
      // Of version 1.0 alone, which has no such request; or away, as requests for blocks will find.
      return new Set(this.#requests.ended ? [] : asked);
    }
  }
}

import type { DistributionDropEvent, DistributionTrace } from '../../lib/backend/contract/distribution-trace.js';
import type { Trace } from '../../lib/backend/contract/host.js';
import type { BlockSource } from './content/block-buffer.js';
import type { BlockServer } from './session/server.js';

/** What is told of. */
interface Block {
  readonly segment: { readonly name: string };
  readonly index: number;
}

/** Counts what becomes of the blocks of contents that are read, and tells of it. */
export class Log {
  readonly #trace: Trace;
  readonly #blocks: Record<BlockSource, number> = { cache: 0, peer: 0, 'hosted-cache': 0, origin: 0 };
  readonly #bytes: Record<BlockSource, number> = { cache: 0, peer: 0, 'hosted-cache': 0, origin: 0 };
  readonly #missing = { missing: 0, timeout: 0 };
  readonly #dropped: Record<string, number> = {};
  #errors = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  took(block: Block & { readonly length: number }, source: BlockSource, server?: BlockServer): void {
    this.#blocks[source] += 1;
    this.#bytes[source] += block.length;
    this.#publish('block', () => ({ segment: block.segment.name, index: block.index, source, ...from(server) }));
  }

  missing({ segment, index }: Block, kind: 'missing' | 'timeout'): void {
    this.#missing[kind] += 1;
    this.#publish('missing', () => ({ segment: segment.name, index, kind }));
  }

  dropped(reason: DistributionDropEvent['reason'], { segment, index }: Block, server?: BlockServer): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
    this.#publish('drop', () => ({ reason, segment: segment.name, index, ...from(server) }));
  }

  failed(error: unknown): void {
    this.#errors += 1;
    this.#publish('error', () => ({ error }));
  }

  snapshot(): object {
    return {
      blocks: { ...this.#blocks },
      bytes: { ...this.#bytes },
      reads: { ...this.#missing },
      dropped: { ...this.#dropped },
      errors: this.#errors,
    };
  }

  #publish<E extends keyof DistributionTrace>(event: E, build: () => DistributionTrace[E]): void {
    this.#trace('distribution', event, build);
  }
}

function from(server: BlockServer | undefined): { from?: { address: string; port: number } } {
  if (server === undefined) return {};
  const { address, port } = server.remote;
  return { from: { address, port } };
}

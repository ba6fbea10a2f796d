import type { Graph, GraphCreateOptions, GraphOpenOptions } from './backend/contract/graphing.js';
import type { Runtime } from './runtime.js';

export type * from './backend/contract/events.js';
export type * from './backend/contract/graphing.js';
export type * from './backend/contract/records.js';

/** Graphs: a record store that every node of the graph holds a copy of. */
export class Graphing {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Creates a graph and its database; once in the world, everybody else opens it. The graph is offline.
   * Rejects with `PEER_E_DUPLICATE_GRAPH` when a database of that graph id exists, `E_INVALIDARG`.
   * @win32 PeerGraphCreate
   */
  create(options: GraphCreateOptions): Promise<Graph> {
    return this.#runtime.call('graphing', 'PeerGraphCreate', (backend) => backend.create(options));
  }

  /**
   * Opens a graph, offline; `dataCreated` tells that its database is new and empty. Rejects with `E_INVALIDARG`.
   * @win32 PeerGraphOpen
   */
  open(options: GraphOpenOptions): Promise<Graph> {
    return this.#runtime.call('graphing', 'PeerGraphOpen', (backend) => backend.open(options));
  }

  /**
   * Removes the database of a closed graph. Rejects with `E_ACCESSDENIED`, `E_INVALIDARG`.
   * @win32 PeerGraphDelete
   */
  delete(graphId: string, peerId: string, database: string): Promise<void> {
    return this.#runtime.call('graphing', 'PeerGraphDelete', (backend) => backend.delete(graphId, peerId, database));
  }
}

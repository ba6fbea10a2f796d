import type { Cpa } from './cpa.js';
import type { NodeState } from './node-state.js';
export async function validateCertChain(
  _s: NodeState,
  _b: Uint8Array,
  _o: { cpa: Cpa; keyHash: string; classifier: string | undefined },
): Promise<string | undefined> {
  return undefined;
}

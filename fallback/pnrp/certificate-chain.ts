import { type CertificateChain, type ChainFault, validateChain } from '../certificates/certificate-chain.js';
import { isDelegated } from '../certificates/roles.js';
import { authorityOf } from '../certificates/rsa-key.js';
import { classifierHash } from '../names/p2p-id.js';
import { matchingClassifier } from './authority-buffer.js';
import { type Cpa, sameAuthority } from './cpa.js';
import type { NodeState } from './node-state.js';

/** What a chain has to prove: that the publisher of the CPA may use the name. */
export interface ChainClaim {
  readonly cpa: Cpa;
  /** PublisherAuthority: SHA-1 of the key of the CPA, in hexadecimal. */
  readonly keyHash: string;
  /** CLASSIFIER of the AUTHORITY_BUFFER. */
  readonly classifier: string | undefined;
}

/**
 * The authority of a delegated name, 40 hexadecimal digits: that of the root of its certificate chain (D-16).
 * Undefined and counted when the chain does not hold or proves something else. [MS-PNRP] 3.1.5.10.
 */
export async function validateCertChain(
  state: NodeState,
  bytes: Uint8Array,
  claim: ChainClaim,
): Promise<string | undefined> {
  const refuse = ({ fault, detail }: ChainFault) =>
    state.drop(`certificate chain: ${fault}`, undefined, detail) as undefined;
  const { clock, work } = state.ports.host;
  const chain = await validateChain(bytes, clock.filetime(), work);
  if ('fault' in chain) return refuse(chain);
  const wrong = claimFault(state, chain, claim);
  return wrong === undefined ? authorityOf(chain.root.certificate.publicKey) : refuse(wrong);
}

function claimFault(
  { ports: { readings } }: NodeState,
  { root, leaf }: CertificateChain,
  { cpa, keyHash, classifier }: ChainClaim,
): ChainFault | undefined {
  const rootHash = authorityOf(root.certificate.publicKey);
  if (cpa.binaryAuthority === undefined || !sameAuthority(cpa.binaryAuthority, rootHash)) {
    return { fault: 'root key not of the authority' };
  }
  if (authorityOf(leaf.certificate.publicKey) !== keyHash) return { fault: 'last key not of the CPA' };
  const hash = cpa.classifierHash ?? classifierHash('', readings);
  // D-03: either byte order, the ClassifierHash tells which.
  const named = matchingClassifier(
    classifier ?? '',
    (text) => Buffer.compare(classifierHash(text, readings), hash) === 0,
  );
  if (named === undefined) return { fault: 'classifier not of the CPA' };
  return isDelegated(leaf.classifiers, leaf.roles, named) ? undefined : { fault: 'classifier not delegated' };
}

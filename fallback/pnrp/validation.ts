import { createHash } from 'node:crypto';
import { classifierHash, p2pIdFromHashes } from '../names/p2p-id.js';
import { ringIdFromBytes, ringIdFromHex, ringIdToHex } from '../routing/ring.js';
import { type Codec, decode } from '../wire/codec.js';
import { DecodeError } from '../wire/decode-error.js';
import type { AuthorityBuffer } from './authority-buffer.js';
import { type Cpa, cpaCodec, sameAuthority } from './cpa.js';
import { type ExtendedPayload, extendedPayloadCodec } from './extended-payload.js';
import type { CachedEntry, NodeState } from './node-state.js';
import { pnrpId } from './pnrp-id.js';
import { signatureOrders, toBeSigned } from './signature.js';

/** What an answer to an INQUIRE proved. */
export interface ValidAnswer {
  readonly entry: CachedEntry;
  readonly cpa: Cpa;
  readonly extendedPayload: ExtendedPayload | undefined;
}

interface Asked {
  readonly entry: CachedEntry;
  /** Of the INQUIRE. */
  readonly nonce: Uint8Array;
  /** X of the INQUIRE. */
  readonly extendedPayload: boolean;
}

/** Checks the CPA of an answer, 3.1.5.7, with all that belongs to it. Undefined and counted when anything is wrong. */
export async function validateCpa(
  state: NodeState,
  answer: AuthorityBuffer,
  asked: Asked,
): Promise<ValidAnswer | undefined> {
  const wrong = (why: string): undefined => state.drop(`CPA: ${why}`) as undefined;
  const { readings, host } = state.ports;
  const id = ringIdToHex(asked.entry.id);
  const bytes = answer.validateCpa;
  const cpa = bytes && decodeOr(cpaCodec(readings), bytes);
  if (bytes === undefined || cpa === undefined) return wrong('missing or malformed');
  if (cpa.revoke) return wrong('revoked');
  if (host.clock.filetime() > cpa.notAfter) return wrong('expired');
  if (!equal(cpa.nonce, asked.nonce)) return wrong('nonce of another INQUIRE');
  // D-09: the route entry may be missing, then the ID that was asked for stands.
  if (answer.routeEntry !== undefined && ringIdFromBytes(answer.routeEntry.pnrpId) !== asked.entry.id)
    return wrong('route entry of another ID');
  const authority = await provenAuthority(state, answer, cpa);
  if (authority === undefined) return undefined;
  if (pnrpIdOf(state, cpa, authority) !== id) return wrong('other PNRP ID');
  if (!(await verifies(state, cpa.publicKey, bytes, cpa.signature))) return wrong('signature');
  // 3.1.5.7: whoever takes the payload out of an answer can't make it pass for a name without one.
  if (!cpa.hasExtendedPayload || !asked.extendedPayload) return { entry: asked.entry, cpa, extendedPayload: undefined };
  const payload = answer.extendedPayload;
  const extendedPayload = payload && (await validatePayload(state, payload, cpa, id, asked.nonce));
  return extendedPayload === undefined ? wrong('extended payload') : { entry: asked.entry, cpa, extendedPayload };
}

/** 3.1.5.5: the entry that a revoke CPA is about. Where its key is known, that has signed it. */
export async function validateRevoke(state: NodeState, bytes: Uint8Array): Promise<CachedEntry | undefined> {
  const wrong = (why: string): undefined => state.drop(`revoke CPA: ${why}`) as undefined;
  const cpa = decodeOr(cpaCodec(state.ports.readings), bytes);
  if (cpa === undefined || !cpa.revoke) return wrong('malformed');
  if (state.ports.host.clock.filetime() > cpa.notAfter) return wrong('expired');
  if (cpa.nonce.some((byte) => byte !== 0)) return wrong('nonce not zero');
  const keyHash = sha1(cpa.publicKey);
  const own = cpa.binaryAuthority === undefined || sameAuthority(cpa.binaryAuthority, keyHash);
  // D-34: the authority of a delegated name is its root's, and a FLOOD carries no chain.
  const id = ringIdFromHex(pnrpIdOf(state, cpa, own ? cpa.binaryAuthority && keyHash : cpa.binaryAuthority));
  const members = state.leafSets().flatMap((it) => it.members());
  const entry = members.find((it) => it.id === id) ?? state.cache.get(id);
  if (entry === undefined) return wrong('of an ID that is not known');
  const { publicKey } = entry;
  if (publicKey === undefined ? !own : !equal(publicKey, cpa.publicKey)) return wrong('key is not the registrant’s');
  // Nothing is checked for nobody: a signature takes longer than all else.
  if (!(await verifies(state, cpa.publicKey, bytes, cpa.signature))) return wrong('signature');
  return entry;
}

/** 3.1.5.8. */
async function validatePayload(
  state: NodeState,
  bytes: Uint8Array,
  cpa: Cpa,
  id: string,
  nonce: Uint8Array,
): Promise<ExtendedPayload | undefined> {
  const payload = decodeOr(extendedPayloadCodec(state.ports.readings), bytes);
  if (payload === undefined || payload.pnrpId !== id || !equal(payload.nonce, nonce)) return undefined;
  if (state.ports.host.clock.filetime() > payload.notAfter) return undefined;
  return (await verifies(state, cpa.publicKey, bytes, payload.signature)) ? payload : undefined;
}

/** The authority of the name in hexadecimal, `''` for an unsecured name; undefined and counted when it is not proven. */
async function provenAuthority(state: NodeState, answer: AuthorityBuffer, cpa: Cpa): Promise<string | undefined> {
  const keyHash = sha1(cpa.publicKey);
  if (answer.certChain !== undefined) {
    const { validateCertChain } = await state.ports.host.busy(import('./certificate-chain.js'));
    return validateCertChain(state, answer.certChain, { cpa, keyHash, classifier: answer.classifier });
  }
  if (cpa.binaryAuthority === undefined || /^0*$/.test(cpa.binaryAuthority)) return '';
  // D-04: either byte order, the key tells which.
  if (sameAuthority(cpa.binaryAuthority, keyHash)) return keyHash;
  return state.drop('CPA: authority not of its key') as undefined;
}

function pnrpIdOf(state: NodeState, cpa: Cpa, authority: string | undefined): string {
  const hash = cpa.classifierHash ?? classifierHash('', state.ports.readings);
  const p2pId = p2pIdFromHashes(hash, authority || '0', state.ports.readings);
  return pnrpId(p2pId, cpa.serviceLocation);
}

/** D-05: in either byte order. */
async function verifies(state: NodeState, key: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
  for (const ordered of signatureOrders(signature)) {
    if (await state.ports.host.work.verify('sha1', key, toBeSigned(bytes), ordered)) return true;
  }
  return false;
}

function decodeOr<T>(codec: Codec<T>, bytes: Uint8Array): T | undefined {
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

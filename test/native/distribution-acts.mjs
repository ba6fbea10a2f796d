// What the cases of peer distribution share.

/** @typedef {import('winpeer/distribution').Distribution} Distribution */
/** @typedef {import('winpeer/distribution').Content} Content */
/** @typedef {(loaded: { distribution: Distribution }) => Promise<unknown>} Act */
/** @typedef {{ function: string, in?: object, bytes?: object, completed?: number }} Handed */
/**
 * @typedef {{
 *   title: string, script?: import('./stage.ts').Script, act: Act, value?: unknown, error?: object,
 *   handed?: readonly Handed[], anyOrder?: boolean, kept?: number,
 * }} DistributionCase
 */

export const ID = new Uint8Array([0, 1, 0x7f, 0x80, 0xff, 0]);
export const ID_BYTES = '00017f80ff00';
export const TAG = Uint8Array.from({ length: 16 }, (_, at) => 0xf0 + at);
export const TAG_BYTES = 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff';
/** Above 2^53, and the greatest. */
export const FAR = 0x20_0000_0000_0001n;
export const FARTHEST = 0xffff_ffff_ffff_ffffn;
export const NO_MORE = 4053;
/** What a signal may give for its reason. */
export const ENOUGH = Object.assign(new Error('enough'), { code: 'ENOUGH' });

/** OVERLAPPED: status, bytes, offset (little-endian), event. */
export function overlapped(offset = '0'.repeat(16)) {
  return { lpOverlapped: `${'0'.repeat(32)}${offset}${'p'.repeat(16)}` };
}

/** A call that goes on, and what asks after its end. @param {Handed} call @returns {Handed[]} */
export function going(call) {
  return [call, { function: 'PeerDistGetOverlappedResult', in: { lpOverlapped: call.function, bWait: 0 } }];
}

/** @template T @param {Distribution} distribution @param {(content: Content) => Promise<T>} act */
export async function withContent(distribution, act) {
  const content = await distribution.openContent(TAG);
  try {
    return await act(content);
  } finally {
    await content.close();
  }
}

/** @param {Uint8Array | undefined} bytes */
export function hex(bytes) {
  return bytes && Buffer.from(bytes).toString('hex');
}

/** @param {Promise<unknown>} call */
export function codeOf(call) {
  return call.then(
    () => 'none',
    (error) => error.code,
  );
}

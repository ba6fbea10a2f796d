// What Windows Node.js does with the addon's calls of peerdist.dll, each of which stands for one Windows function: what public
// calls do not reach, wrong use, and what ends in the midst of calls.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { areas, codes } from '../../scripts/inventory.mjs';
import { answered, called } from './called.mjs';
import { going, ID, ID_BYTES, overlapped, TAG } from './distribution-acts.mjs';

/** @typedef {import('../../lib/backend/native/addon.ts').WholeAddon} Addon */
/** @typedef {import('../../lib/backend/native/distribution-calls.ts').PeerDistInstance} Instance */
/** @typedef {(loaded: { addon: Addon }) => Promise<unknown>} Act */
/** @typedef {Omit<import('./distribution-acts.mjs').DistributionCase, 'act'> & { act: Act }} CallCase */

const STARTED = { function: 'PeerDistStartup' };
const SHUT_DOWN = { function: 'PeerDistShutdown' };
const OPENED = { function: 'PeerDistClientOpenContent' };
const ADD = 'PeerDistServerPublishAddToStream';
const READ = 'PeerDistClientBlockRead';
const REGISTER = 'PeerDistRegisterForStatusChangeNotification';

const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const CLOSED = { name: 'Error', hresult: 0x80070006 };
const NOT_FOUND = { name: 'Error', hresult: 4059 };
const ABORTED = { name: 'Error', hresult: 995 };

/** @type {readonly CallCase[]} */
const BOTH_WAYS = [
  {
    title: 'PeerDistStartup: the version that there is',
    script: { PeerDistStartup: { pdwSupportedVersion: 0xffffffff } },
    act: async ({ addon }) => {
      const { instance, supportedVersion } = await addon.PeerDistStartup(0x80000001);
      await addon.PeerDistShutdown(instance);
      return supportedVersion;
    },
    value: 0xffffffff,
    handed: [{ ...STARTED, in: { dwVersionRequested: 0x80000001 } }, SHUT_DOWN],
  },
  {
    title: 'PeerDistGetStatus: as a number',
    script: { PeerDistGetStatus: [{ pPeerDistStatus: 0 }, { pPeerDistStatus: 9 }] },
    act: ({ addon }) =>
      inInstance(addon, async (it) => [await addon.PeerDistGetStatus(it), await addon.PeerDistGetStatus(it)]),
    value: [0, 9],
  },
  {
    title: `${REGISTER}: heard once; the next in its turn`,
    script: { [REGISTER]: [{ pPeerDistStatus: 1, completes: {} }, { completes: false }] },
    act: ({ addon }) =>
      inInstance(addon, async (it) => {
        const first = await heard(addon, it);
        const second = heard(addon, it);
        await called({ [REGISTER]: 2 });
        await addon.PeerDistUnregisterForStatusChangeNotification(it);
        return [first, await second];
      }),
    value: [1, ABORTED],
    handed: [
      STARTED,
      ...going({ function: REGISTER, in: { hCompletionPort: false, ulCompletionKey: '0' }, bytes: overlapped() }),
      { function: REGISTER, completed: 995 },
      { function: 'PeerDistUnregisterForStatusChangeNotification' },
      { function: 'PeerDistGetOverlappedResult' },
      SHUT_DOWN,
    ],
  },
  {
    title: 'PeerDistServerCancelAsyncOperation: what goes on on a stream, and what does not',
    script: { [ADD]: { completes: false } },
    act: ({ addon }) =>
      inInstance(addon, async (it) => {
        const stream = await addon.PeerDistServerPublishStream(it, ID, 0n, 2);
        const own = addon.overlapped();
        // Each comes after the one before, although none is waited for.
        const adding = faultOf(() => addon[ADD](stream, ID, own));
        const other = faultOf(() => addon.PeerDistServerCancelAsyncOperation(it, TAG, own));
        const cancelled = faultOf(() => addon.PeerDistServerCancelAsyncOperation(it, ID, own));
        const again = faultOf(() => addon.PeerDistServerCancelAsyncOperation(it, ID, own));
        const unused = faultOf(() => addon.PeerDistServerCancelAsyncOperation(it, ID, addon.overlapped()));
        const faults = await Promise.all([adding, other, cancelled, again, unused]);
        await addon.PeerDistServerCloseStreamHandle(stream);
        return faults;
      }),
    value: [ABORTED, NOT_FOUND, 'none', NOT_FOUND, NOT_FOUND],
  },
  {
    title: 'PeerDistServerCancelAsyncOperation: what it is handed',
    script: { [ADD]: { completes: false } },
    act: ({ addon }) =>
      inInstance(addon, async (it) => {
        const stream = await addon.PeerDistServerPublishStream(it, ID, 0n, 2);
        const own = addon.overlapped();
        const adding = faultOf(() => addon[ADD](stream, ID, own));
        await addon.PeerDistServerCancelAsyncOperation(it, ID, own);
        await adding;
        await addon.PeerDistServerCloseStreamHandle(stream);
      }),
    handed: [
      STARTED,
      { function: 'PeerDistServerPublishStream' },
      { function: ADD },
      {
        function: 'PeerDistServerCancelAsyncOperation',
        in: { cbContentIdentifier: 6, pContentIdentifier: ID_BYTES, pOverlapped: ADD },
      },
      { function: 'PeerDistGetOverlappedResult' },
      { function: 'PeerDistServerCloseStreamHandle' },
      SHUT_DOWN,
    ],
  },
];

/** @type {readonly CallCase[]} */
const BUFFERS = [
  {
    title: 'a buffer that is written to and detached in mid-call',
    script: { [ADD]: { completes: { until: 'gate' } } },
    act: ({ addon }) =>
      inInstance(addon, async (it) => {
        const stream = await addon.PeerDistServerPublishStream(it, ID, 0n, 2);
        const bytes = new Uint8Array(65_536).fill(0xa5);
        const adding = addon[ADD](stream, bytes, addon.overlapped());
        await called({ [ADD]: 1 });
        bytes.fill(0);
        structuredClone(bytes, { transfer: [bytes.buffer] });
        writeFileSync(join(process.env.WINPEER_DOUBLES ?? '', 'gate'), '');
        await adding;
        await addon.PeerDistServerCloseStreamHandle(stream);
      }),
    handed: [
      STARTED,
      { function: 'PeerDistServerPublishStream' },
      ...going({ function: ADD, in: { pBuffer: 'a5'.repeat(65_536) } }),
      { function: 'PeerDistServerCloseStreamHandle' },
      SHUT_DOWN,
    ],
  },
  {
    title: 'more bytes told of than there is place for',
    script: { [READ]: { pBuffer: '0102', completes: { bytes: 0xffffffff } } },
    act: ({ addon }) =>
      inContent(addon, async (content) => {
        const { bytes, length } = await addon[READ](content, 0n, 2, 0, addon.overlapped());
        return [bytes.length, length];
      }),
    value: [2, 0xffffffff],
  },
];

/** @type {readonly CallCase[]} */
const ENDS = [
  {
    title: 'an abandoned read is rejected at once, and goes on until it is cancelled',
    script: { [READ]: { completes: false } },
    act: ({ addon }) =>
      inContent(addon, async (content) => {
        const own = addon.overlapped();
        const reading = addon[READ](content, 0n, 65_536, 0, own);
        await called({ [READ]: 1 });
        const abandoned = addon.abandon(reading, 'reason');
        const [settled] = await Promise.allSettled([reading]);
        await addon.PeerDistClientCancelAsyncOperation(content, own);
        return [abandoned, settled];
      }),
    value: [true, { status: 'rejected', reason: 'reason' }],
  },
  {
    title: 'an instance that ends first takes with it what goes on; what it opened has ended',
    script: { [READ]: { completes: false } },
    act: async ({ addon }) => {
      const { instance } = await addon.PeerDistStartup(2);
      const content = await addon.PeerDistClientOpenContent(instance, TAG);
      const reading = faultOf(() => addon[READ](content, 0n, 1, 0, addon.overlapped()));
      await called({ [READ]: 1 });
      await addon.PeerDistShutdown(instance);
      const late = faultOf(() => addon[READ](content, 0n, 1, 0, addon.overlapped()));
      const closing = faultOf(() => addon.PeerDistClientCloseContent(content));
      return Promise.all([reading, late, closing]);
    },
    value: [ABORTED, { name: 'Error', hresult: 6 }, { name: 'Error', hresult: 6 }],
    kept: 1,
  },
  {
    title: 'a worker that ends in the midst of calls leaves nothing behind, and shuts down last',
    script: { [READ]: { completes: false }, [ADD]: { completes: false } },
    act: async () => {
      const file = createRequire(import.meta.url).resolve('../../prebuilds/win32-x64/winpeer.node');
      const worker = new Worker(new URL('distribution-worker.mjs', import.meta.url), { workerData: file });
      await new Promise((resolve) => worker.once('message', resolve));
      const status = await worker.terminate();
      await answered({ PeerDistShutdown: 1, PeerDistGetOverlappedResult: 72 });
      return status;
    },
    value: 1,
  },
  {
    title: 'wrong use is an error, and reaches Windows never',
    act: ({ addon }) => inInstance(addon, (instance) => wrongUses(addon, instance)),
    value: {
      'no version': TYPE,
      'a version of 33 bits': TYPE,
      'a number for an instance': TYPE,
      'a closed instance': CLOSED,
      'an instance closed twice': CLOSED,
      'a content for a stream': TYPE,
      'a stream for an instance': TYPE,
      'a text for an id': TYPE,
      'words for an id': TYPE,
      'a number for a length': TYPE,
      'a negative length': TYPE,
      'a length of 65 bits': TYPE,
      'a tag of 15 bytes': TYPE,
      'no overlapped': TYPE,
      'null for an overlapped': TYPE,
      'an overlapped of another call': TYPE,
      'a text for what to cancel': TYPE,
      'a negative offset': TYPE,
      'a broken max': TYPE,
      'no listener': TYPE,
      'a closed content': CLOSED,
      'a content closed twice': CLOSED,
    },
    handed: [
      ...[STARTED, STARTED, SHUT_DOWN, OPENED, OPENED, { function: 'PeerDistClientCloseContent' }],
      { function: 'PeerDistServerPublishStream' },
      ...going({ function: 'PeerDistClientAddData' }),
      { function: 'PeerDistServerCloseStreamHandle' },
      { function: 'PeerDistClientCloseContent' },
      SHUT_DOWN,
    ],
  },
];

/** What comes to the functions that public calls do not reach. @type {Readonly<Record<string, Act>>} */
const REACHES = {
  PeerDistGetStatus: ({ addon }) => inInstance(addon, (it) => addon.PeerDistGetStatus(it)),
  [REGISTER]: ({ addon }) => inInstance(addon, (it) => addon[REGISTER](it, addon.overlapped(), () => undefined)),
  PeerDistServerCancelAsyncOperation: ({ addon }) =>
    inInstance(addon, (it) => addon.PeerDistServerCancelAsyncOperation(it, ID, addon.overlapped())),
};

/** A raw number that no header names, and an HRESULT in the place of a Win32 code: both as they are. */
const UNDOCUMENTED = [0x1234, 0x12345, 0x80004005];

/** @type {readonly CallCase[]} */
const FAILURES = areas
  .filter(({ area }) => area === 'distribution')
  .flatMap(({ functions }) => functions)
  .flatMap(({ name, errors }) => {
    const act = REACHES[name];
    if (act === undefined) return [];
    return [...errors.map((symbol) => Number(codes[symbol]?.code)), ...UNDOCUMENTED].map((returns) => ({
      title: `${name} returns ${returns}`,
      script: { [name]: { returns } },
      act,
      error: { hresult: returns, operation: name },
    }));
  });

/** @type {readonly CallCase[]} */
export const CALL_CASES = [...BOTH_WAYS, ...BUFFERS, ...ENDS, ...FAILURES];

/** @template T @param {Addon} addon @param {(instance: Instance) => Promise<T>} act */
async function inInstance(addon, act) {
  const { instance } = await addon.PeerDistStartup(2);
  return act(instance).finally(() => addon.PeerDistShutdown(instance));
}

/**
 * @template T @param {Addon} addon
 * @param {(content: import('../../lib/backend/native/distribution-calls.ts').PeerDistContent) => Promise<T>} act
 */
function inContent(addon, act) {
  return inInstance(addon, async (instance) => {
    const content = await addon.PeerDistClientOpenContent(instance, TAG);
    return act(content).finally(() => addon.PeerDistClientCloseContent(content));
  });
}

/** What a listener hears. @param {Addon} addon @param {Instance} instance */
async function heard(addon, instance) {
  // A registration alone would not keep the process alive.
  addon.hold(true);
  try {
    return await new Promise((resolve, reject) => {
      addon[REGISTER](instance, addon.overlapped(), (error, status) =>
        resolve(error === null ? status : faultIn(error)),
      ).catch(reject);
    });
  } finally {
    addon.hold(false);
  }
}

/** @param {() => unknown} act */
async function faultOf(act) {
  try {
    await act();
    return 'none';
  } catch (error) {
    return faultIn(error);
  }
}

/** @param {unknown} error */
function faultIn(error) {
  const { name, code, hresult } = /** @type {Record<string, unknown>} */ (error);
  return { name, code, hresult };
}

/** @param {Addon} addon @param {Instance} instance */
async function wrongUses(addon, instance) {
  const loose = /** @type {Record<string, (...values: unknown[]) => unknown>} */ (/** @type {unknown} */ (addon));
  const { instance: gone } = await addon.PeerDistStartup(2);
  await addon.PeerDistShutdown(gone);
  const content = await addon.PeerDistClientOpenContent(instance, TAG);
  const closed = await addon.PeerDistClientOpenContent(instance, TAG);
  await addon.PeerDistClientCloseContent(closed);
  const stream = await addon.PeerDistServerPublishStream(instance, ID, 0n, 2);
  const used = addon.overlapped();
  await addon.PeerDistClientAddData(content, 0n, ID, used);
  const fresh = () => addon.overlapped();
  /** @type {Record<string, [string, ...unknown[]]>} */
  const uses = {
    'no version': ['PeerDistStartup'],
    'a version of 33 bits': ['PeerDistStartup', 2 ** 32],
    'a number for an instance': ['PeerDistGetStatus', 7],
    'a closed instance': ['PeerDistGetStatusEx', gone],
    'an instance closed twice': ['PeerDistShutdown', gone],
    'a content for a stream': ['PeerDistServerPublishCompleteStream', content, fresh()],
    'a stream for an instance': ['PeerDistServerUnpublish', stream, ID],
    'a text for an id': ['PeerDistServerUnpublish', instance, 'x'],
    'words for an id': ['PeerDistServerUnpublish', instance, new Uint16Array(2)],
    'a number for a length': ['PeerDistServerPublishStream', instance, ID, 5, 2],
    'a negative length': ['PeerDistServerPublishStream', instance, ID, -1n, 2],
    'a length of 65 bits': ['PeerDistServerPublishStream', instance, ID, 1n << 64n, 2],
    'a tag of 15 bytes': ['PeerDistClientOpenContent', instance, new Uint8Array(15)],
    'no overlapped': ['PeerDistClientCompleteContentInformation', content],
    'null for an overlapped': ['PeerDistClientCompleteContentInformation', content, null],
    'an overlapped of another call': ['PeerDistClientCompleteContentInformation', content, used],
    'a text for what to cancel': ['PeerDistClientCancelAsyncOperation', content, 'all'],
    'a negative offset': ['PeerDistClientAddData', content, -1n, ID, fresh()],
    'a broken max': [READ, content, 0n, 1.5, 0, fresh()],
    'no listener': [REGISTER, instance, fresh()],
    'a closed content': [READ, closed, 0n, 1, 0, fresh()],
    'a content closed twice': ['PeerDistClientCloseContent', closed],
  };
  const faults = Object.entries(uses).map(async ([what, [name, ...values]]) => [
    what,
    await faultOf(() => loose[name]?.(...values)),
  ]);
  const report = Object.fromEntries(await Promise.all(faults));
  await addon.PeerDistServerCloseStreamHandle(stream);
  await addon.PeerDistClientCloseContent(content);
  return report;
}

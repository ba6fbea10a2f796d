// What `winpeer/distribution` makes of the codes that Windows answers with: at once, and at the end of a call that went on.
import { createPlatform } from 'winpeer';
import { areas, codes } from '../../scripts/inventory.mjs';
import { ID, TAG, withContent } from './distribution-acts.mjs';

/** @typedef {import('./distribution-acts.mjs').Act} Act */
/** @typedef {import('./distribution-acts.mjs').Distribution} Distribution */
/** @typedef {import('./distribution-acts.mjs').DistributionCase} DistributionCase */

/** What comes to each function. @type {Readonly<Record<string, Act>>} */
const REACHES = {
  PeerDistStartup: () => createPlatform({ backend: 'native' }).distribution.status(),
  PeerDistShutdown: async () => {
    const own = createPlatform({ backend: 'native' });
    await own.distribution.status();
    await own.close();
  },
  PeerDistGetStatusEx: ({ distribution }) => distribution.status(),
  PeerDistRegisterForStatusChangeNotificationEx: async () => {
    const own = createPlatform({ backend: 'native' });
    await own.distribution
      .on('status-changed', () => undefined)
      .ready()
      .finally(() => own.close());
  },
  PeerDistUnregisterForStatusChangeNotification: async () => {
    const own = createPlatform({ backend: 'native' });
    await own.distribution.on('status-changed', () => undefined).ready();
    await own.close();
  },
  PeerDistServerPublishStream: ({ distribution }) => withStream(distribution, async () => undefined),
  PeerDistServerPublishAddToStream: ({ distribution }) => withStream(distribution, (stream) => stream.add(ID)),
  PeerDistServerPublishCompleteStream: ({ distribution }) => withStream(distribution, (stream) => stream.complete()),
  PeerDistServerCloseStreamHandle: ({ distribution }) => withStream(distribution, async () => undefined),
  PeerDistServerUnpublish: ({ distribution }) => distribution.unpublish(ID),
  PeerDistServerOpenContentInformation: ({ distribution }) => withInformation(distribution, {}, async () => undefined),
  PeerDistServerOpenContentInformationEx: ({ distribution }) =>
    withInformation(distribution, { minVersion: 1 }, async () => undefined),
  PeerDistServerRetrieveContentInformation: ({ distribution }) =>
    withInformation(distribution, {}, (information) => information.read(1)),
  PeerDistServerCloseContentInformation: ({ distribution }) => withInformation(distribution, {}, async () => undefined),
  PeerDistClientOpenContent: ({ distribution }) => withContent(distribution, async () => undefined),
  PeerDistClientCloseContent: ({ distribution }) => withContent(distribution, async () => undefined),
  PeerDistClientAddContentInformation: ({ distribution }) =>
    withContent(distribution, (content) => content.addContentInformation(ID)),
  PeerDistClientCompleteContentInformation: ({ distribution }) =>
    withContent(distribution, (content) => content.completeContentInformation()),
  PeerDistClientAddData: ({ distribution }) => withContent(distribution, (content) => content.addData(0n, ID)),
  PeerDistClientBlockRead: ({ distribution }) =>
    withContent(distribution, (content) => content.blockRead(0n, { max: 1 })),
  PeerDistClientStreamRead: ({ distribution }) =>
    withContent(distribution, (content) => content.streamRead({ max: 1 })),
  PeerDistClientFlushContent: ({ distribution }) => distribution.flush(TAG),
  PeerDistClientCancelAsyncOperation: ({ distribution }) => withContent(distribution, (content) => content.cancel()),
  PeerDistClientGetInformationByHandle: ({ distribution }) =>
    withContent(distribution, (content) => content.information()),
};

/** What is no error but a result. */
const RESULTS = ['PEERDIST_ERROR_NO_MORE', 'PEERDIST_ERROR_MISSING_DATA', 'ERROR_TIMEOUT'];

/** Codes of other areas and of RPC, numbers that no header names, HRESULTs in the place of Win32 codes. */
const UNDOCUMENTED = [
  { number: 303, error: { code: 'ERROR_DELETE_PENDING', win32: 303 } },
  { number: 1722, error: { code: '0x800706ba', win32: 1722 } },
  { number: 4062, error: { code: 'PEERDIST_ERROR_VERSION_UNSUPPORTED', win32: 4062 } },
  { number: 0xfffe, error: { code: '0x8007fffe', win32: 0xfffe } },
  { number: 0x12345, error: { code: '0x00012345', hresult: 0x12345 } },
  { number: 0x80004005, error: { code: 'E_FAIL', hresult: 0x80004005 } },
];

/** The probe's calls succeed. */
const AFTER_PROBE = ['PeerDistStartup', 'PeerDistShutdown'];

/** What stays open in the double when its end fails. */
const ENDS = [
  'PeerDistShutdown',
  'PeerDistServerCloseStreamHandle',
  'PeerDistServerCloseContentInformation',
  'PeerDistClientCloseContent',
];

const functions = areas.find(({ area }) => area === 'distribution')?.functions ?? [];

/** @type {readonly DistributionCase[]} */
const AT_ONCE = functions.flatMap(({ name, errors }) => {
  const act = REACHES[name];
  if (act === undefined) return [];
  return [...documented(errors), ...UNDOCUMENTED].map(({ number, error }) => ({
    title: `${name} returns ${number}`,
    script: { [name]: AFTER_PROBE.includes(name) ? [{}, { returns: number }] : { returns: number } },
    act,
    error: { name: 'PeerError', operation: name, ...error },
    kept: ENDS.includes(name) ? 1 : 0,
  }));
});

/** @type {readonly DistributionCase[]} */
const AT_THE_END = functions.flatMap(({ name, parameters, completionErrors = [] }) => {
  const act = REACHES[name];
  const goesOn = parameters.some((it) => it.name === 'lpOverlapped') && !name.includes('Notification');
  if (act === undefined || !goesOn) return [];
  return [...documented([...completionErrors, 'ERROR_OPERATION_ABORTED']), ...UNDOCUMENTED].map(
    ({ number, error }) => ({
      title: `${name} ends with ${number}`,
      script: { [name]: { completes: { status: number } } },
      act,
      error: { name: 'PeerError', operation: name, ...error },
    }),
  );
});

/** @type {readonly DistributionCase[]} */
const PROBES = [
  { script: { PeerDistGetStatus: { pPeerDistStatus: 0 } }, reason: 'service-disabled' },
  { script: { PeerDistGetStatus: { pPeerDistStatus: 1 } }, reason: 'available' },
  { script: { PeerDistGetStatus: { pPeerDistStatus: 2 } }, reason: 'available' },
  { script: { PeerDistGetStatus: { returns: 1260 } }, reason: 'service-disabled' },
  { script: { PeerDistStartup: { returns: 1058 } }, reason: 'service-disabled' },
  { script: { PeerDistStartup: { returns: 4065 } }, reason: 'service-not-available' },
  { script: { PeerDistStartup: { returns: 4062 } }, reason: 'service-not-available' },
].map(({ script, reason }) => ({
  title: `backends: ${JSON.stringify(script)} is ${reason}`,
  script,
  act: async () => {
    const own = createPlatform();
    const { areas: served } = await own.backends();
    await own.close();
    const { backend, reason: why } = served.find(({ area }) => area === 'distribution') ?? {};
    return [backend, why];
  },
  value: [reason === 'available' ? 'native' : 'fallback', reason],
}));

/** @type {readonly DistributionCase[]} */
export const FAILURE_CASES = [...AT_ONCE, ...AT_THE_END, ...PROBES];

/** @param {readonly string[]} symbols */
function documented(symbols) {
  return symbols
    .filter((symbol) => !RESULTS.includes(symbol) && codes[symbol] !== undefined)
    .map((symbol) => ({
      number: Number(codes[symbol]?.code),
      error: { code: symbol, win32: Number(codes[symbol]?.code) },
    }));
}

/**
 * @template T @param {Distribution} distribution
 * @param {(stream: import('winpeer/distribution').Publication) => Promise<T>} act
 */
async function withStream(distribution, act) {
  const stream = await distribution.publishStream({ contentId: ID });
  return act(stream).finally(() => stream.close());
}

/**
 * @template T @param {Distribution} distribution @param {{ minVersion?: 1 }} versions
 * @param {(information: import('winpeer/distribution').ContentInformation) => Promise<T>} act
 */
async function withInformation(distribution, versions, act) {
  const information = await distribution.openContentInformation({ contentId: ID, ...versions });
  return act(information).finally(() => information.close());
}

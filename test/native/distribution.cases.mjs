// What Windows Node.js does with `winpeer/distribution` on the native backend; what the double of peerdist.dll answers; and
// what both sides must have seen.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPlatform } from 'winpeer';
import { called } from './called.mjs';
import {
  codeOf,
  ENOUGH,
  FAR,
  FARTHEST,
  going,
  hex,
  ID,
  ID_BYTES,
  NO_MORE,
  overlapped,
  TAG,
} from './distribution-acts.mjs';
import { CALL_CASES } from './distribution-calls.cases.mjs';
import { CLIENT_CASES } from './distribution-client.cases.mjs';
import { FAILURE_CASES } from './distribution-failures.cases.mjs';

/** @typedef {import('./distribution-acts.mjs').Distribution} Distribution */
/** @typedef {import('./distribution-acts.mjs').DistributionCase} DistributionCase */

/** Chosen before the first case. @param {import('winpeer').Platform} platform */
export const begin = ({ distribution }) => distribution.status();

const STARTED = { function: 'PeerDistStartup', in: { dwVersionRequested: 2 } };
const SHUT_DOWN = { function: 'PeerDistShutdown' };
const REGISTER = 'PeerDistRegisterForStatusChangeNotificationEx';
const STREAM_CLOSED = { function: 'PeerDistServerCloseStreamHandle' };
const ADD = 'PeerDistServerPublishAddToStream';
const INFO_CLOSED = { function: 'PeerDistServerCloseContentInformation' };
const RETRIEVE = 'PeerDistServerRetrieveContentInformation';

/** @type {readonly DistributionCase[]} */
const STATUS = [
  ...[
    { status: 0, says: 'disabled' },
    { status: 1, says: 'unavailable' },
    { status: 2, says: 'available' },
    { status: 7, says: 'unavailable' },
  ].map(({ status, says }) => ({
    title: `status: ${status}`,
    script: { PeerDistGetStatusEx: { pPeerDistStatus: { status, dwMinVer: 1, dwMaxVer: 0xffffffff } } },
    act: (/** @type {{ distribution: Distribution }} */ { distribution }) => distribution.status(),
    value: { status: says, minVersion: 1, maxVersion: 0xffffffff },
    handed: [{ function: 'PeerDistGetStatusEx', bytes: { pPeerDistStatus: `10000000${'0'.repeat(24)}` } }],
  })),
  {
    title: 'status-changed: at once, on each change, and not twice',
    script: {
      PeerDistGetStatusEx: { pPeerDistStatus: { status: 2, dwMinVer: 1, dwMaxVer: 2 } },
      [REGISTER]: [
        { pPeerDistStatus: { status: 2, dwMinVer: 1, dwMaxVer: 2 }, completes: {} },
        { pPeerDistStatus: { status: 1, dwMinVer: 1, dwMaxVer: 1 }, completes: { until: 'change' } },
        { completes: false },
      ],
    },
    act: async () => {
      const own = createPlatform({ backend: 'native' });
      const heard = [];
      for await (const { event, ...status } of own.distribution.events()) {
        heard.push(status);
        if (heard.length === 2) break;
        await called({ [REGISTER]: 2 });
        writeFileSync(join(process.env.WINPEER_DOUBLES ?? '', 'change'), '');
      }
      await called({ [REGISTER]: 3 });
      await own.close();
      await called({ PeerDistGetOverlappedResult: 3 });
      return heard;
    },
    value: [
      { status: 'available', minVersion: 1, maxVersion: 2 },
      { status: 'unavailable', minVersion: 1, maxVersion: 1 },
    ],
  },
  {
    title: 'status-changed: a service that is disabled says nothing at first',
    script: {
      PeerDistGetStatusEx: { pPeerDistStatus: { status: 0 } },
      [REGISTER]: [
        { pPeerDistStatus: { status: 2 }, completes: { until: 'change' }, returns: 0 },
        { completes: false },
      ],
    },
    act: async () => {
      const own = createPlatform({ backend: 'native' });
      const events = own.distribution.events();
      const first = events.next();
      await called({ PeerDistGetStatusEx: 1 });
      writeFileSync(join(process.env.WINPEER_DOUBLES ?? '', 'change'), '');
      const { value } = await first;
      await called({ [REGISTER]: 2 });
      await own.close();
      await called({ PeerDistGetOverlappedResult: 2 });
      return value?.status;
    },
    value: 'available',
    anyOrder: true,
    handed: [
      ...[STARTED, { function: 'PeerDistGetStatus' }, SHUT_DOWN],
      STARTED,
      ...going({
        function: REGISTER,
        in: { hCompletionPort: false, ulCompletionKey: '0' },
        bytes: { ...overlapped(), pPeerDistStatus: `10000000${'0'.repeat(24)}` },
      }),
      { function: 'PeerDistGetStatusEx' },
      ...going({ function: REGISTER, completed: 995 }),
      { function: 'PeerDistUnregisterForStatusChangeNotification' },
      SHUT_DOWN,
    ],
  },
  {
    title: 'started with version 2, and shut down after what was open',
    act: async () => {
      const own = createPlatform({ backend: 'native' });
      const content = await own.distribution.openContent(TAG);
      await own.close();
      return codeOf(content.information());
    },
    value: 'PEER_E_NOT_INITIALIZED',
    handed: [
      ...[STARTED, { function: 'PeerDistGetStatus' }, SHUT_DOWN],
      ...[STARTED, { function: 'PeerDistClientOpenContent' }, { function: 'PeerDistClientCloseContent' }, SHUT_DOWN],
    ],
  },
];

/** @type {readonly DistributionCase[]} */
const SERVER = [
  {
    title: 'publish: added, completed, closed',
    act: async ({ distribution }) => {
      const stream = await distribution.publishStream({ contentId: ID });
      await stream.add(new Uint8Array([0, 0xff]));
      await stream.add(new Uint8Array(1 << 20).fill(0xa5));
      await stream.complete();
      await stream.close();
      await stream.close();
      await distribution.unpublish(ID);
    },
    handed: [
      {
        function: 'PeerDistServerPublishStream',
        in: {
          cbContentIdentifier: 6,
          pContentIdentifier: ID_BYTES,
          cbContentLength: '0',
          hCompletionPort: false,
          ulCompletionKey: '0',
        },
        bytes: { pPublishOptions: '0200000000000000' },
      },
      ...going({ function: ADD, in: { cbNumberOfBytes: 2, pBuffer: '00ff', lpOverlapped: '0' }, bytes: overlapped() }),
      ...going({ function: ADD, in: { cbNumberOfBytes: 1 << 20, pBuffer: 'a5'.repeat(1 << 20) }, completed: 0 }),
      ...going({ function: 'PeerDistServerPublishCompleteStream', bytes: overlapped() }),
      STREAM_CLOSED,
      { function: 'PeerDistServerUnpublish', in: { cbContentIdentifier: 6, pContentIdentifier: ID_BYTES } },
    ],
  },
  ...[
    { length: FAR, version: /** @type {const} */ (1), says: '9007199254740993', options: '0100000000000000' },
    { length: FARTHEST, version: /** @type {const} */ (2), says: '18446744073709551615', options: '0200000000000000' },
  ].map(({ length, version, says, options }) => ({
    title: `publish: ${length} bytes, version ${version}`,
    act: async (/** @type {{ distribution: Distribution }} */ { distribution }) => {
      const stream = await distribution.publishStream({ contentId: new Uint8Array(65_536).fill(7), length, version });
      await stream.close();
    },
    handed: [
      {
        function: 'PeerDistServerPublishStream',
        in: { cbContentLength: says, pContentIdentifier: '07'.repeat(65_536) },
        bytes: { pPublishOptions: options },
      },
      STREAM_CLOSED,
    ],
  })),
  {
    title: 'publish: what goes on ends with the stream',
    script: { [ADD]: { completes: false } },
    act: async ({ distribution }) => {
      const stream = await distribution.publishStream({ contentId: ID });
      const adding = codeOf(stream.add(ID));
      await called({ [ADD]: 1 });
      await stream.close();
      return [await adding, await codeOf(stream.add(ID)), await codeOf(stream.complete())];
    },
    value: ['ERROR_OPERATION_ABORTED', 'ERROR_INVALID_HANDLE', 'ERROR_INVALID_HANDLE'],
  },
  {
    title: 'publish: a call is cancelled by its signal',
    script: { [ADD]: { completes: false } },
    act: async ({ distribution }) => {
      const stream = await distribution.publishStream({ contentId: ID });
      const abort = new AbortController();
      const adding = codeOf(stream.add(ID, { signal: abort.signal }));
      await called({ [ADD]: 1 });
      abort.abort(ENOUGH);
      await called({ PeerDistGetOverlappedResult: 1 });
      await stream.close();
      return adding;
    },
    value: 'ENOUGH',
    handed: [
      { function: 'PeerDistServerPublishStream' },
      { function: ADD, completed: 995 },
      {
        function: 'PeerDistServerCancelAsyncOperation',
        in: { cbContentIdentifier: 6, pContentIdentifier: ID_BYTES, pOverlapped: ADD },
      },
      { function: 'PeerDistGetOverlappedResult' },
      STREAM_CLOSED,
    ],
  },
  {
    title: 'publish: a secret is the machine’s',
    act: ({ distribution }) => distribution.publishStream({ contentId: ID, secret: 'pass phrase' }),
    error: { name: 'PeerError', code: 'ERROR_NOT_SUPPORTED', win32: 50, operation: 'PeerDistServerPublishStream' },
    handed: [],
  },
  {
    title: 'restore: never on Windows',
    act: ({ distribution }) => distribution.restore({ contentId: ID }),
    value: false,
    handed: [],
  },
  {
    title: 'unpublish: an unknown id is nothing',
    script: { PeerDistServerUnpublish: { returns: 1168 } },
    act: ({ distribution }) => distribution.unpublish(ID),
  },
  {
    title: 'content information: all of it, to its end',
    script: {
      [RETRIEVE]: [
        { pBuffer: '00ff01', completes: { offset: '0' } },
        { pBuffer: 'a5'.repeat(65_536) },
        { pBuffer: '' },
        { completes: { status: NO_MORE } },
        { returns: NO_MORE },
      ],
    },
    act: async ({ distribution }) => {
      const information = await distribution.openContentInformation({ contentId: ID });
      const read = [];
      for (const max of [0xffff, 65_536, 1, 9, 9]) read.push(await information.read(max));
      await information.close();
      return [...read.slice(0, 1).map(hex), read[1]?.length, read[2]?.length, read[3], read[4]];
    },
    value: ['00ff01', 65_536, 0, null, null],
    handed: [
      {
        function: 'PeerDistServerOpenContentInformation',
        in: {
          pContentIdentifier: ID_BYTES,
          ullContentOffset: '0',
          cbContentLength: '0',
          hCompletionPort: false,
        },
      },
      ...going({ function: RETRIEVE, in: { cbMaxNumberOfBytes: 0xffff, pBuffer: true }, bytes: overlapped() }),
      ...going({ function: RETRIEVE }),
      ...going({ function: RETRIEVE }),
      ...going({ function: RETRIEVE }),
      { function: RETRIEVE },
      INFO_CLOSED,
    ],
  },
  ...[
    { minVersion: /** @type {const} */ (1), options: '010000000200000000000000' },
    { maxVersion: /** @type {const} */ (1), options: '010000000100000000000000' },
    {
      minVersion: /** @type {const} */ (2),
      maxVersion: /** @type {const} */ (2),
      options: '020000000200000000000000',
    },
  ].map(({ options, ...versions }) => ({
    title: `content information: of a range, in ${JSON.stringify(versions)}`,
    act: async (/** @type {{ distribution: Distribution }} */ { distribution }) => {
      const range = { offset: FAR, length: FARTHEST };
      await (await distribution.openContentInformation({ contentId: ID, range, ...versions })).close();
    },
    handed: [
      {
        function: 'PeerDistServerOpenContentInformationEx',
        in: {
          pContentIdentifier: ID_BYTES,
          ullContentOffset: '9007199254740993',
          cbContentLength: '18446744073709551615',
        },
        bytes: { pRetrievalOptions: `10000000${options}` },
      },
      INFO_CLOSED,
    ],
  })),
  {
    title: 'content information: an unknown id',
    script: { PeerDistServerOpenContentInformation: { returns: 1168 } },
    act: ({ distribution }) => distribution.openContentInformation({ contentId: ID }),
    error: { name: 'PeerError', code: 'PEER_E_NOT_FOUND', win32: 1168 },
  },
];

/** @type {readonly DistributionCase[]} */
export const PUBLIC_CASES = [...STATUS, ...SERVER, ...CLIENT_CASES, ...FAILURE_CASES];

export const CASES = [...PUBLIC_CASES, ...CALL_CASES];

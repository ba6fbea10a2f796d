// What Windows Node.js reads through `winpeer/distribution` on the native backend; what the double of peerdist.dll answers;
// and what both sides must have seen.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  TAG_BYTES,
  withContent,
} from './distribution-acts.mjs';

/** @typedef {import('./distribution-acts.mjs').Distribution} Distribution */
/** @typedef {import('./distribution-acts.mjs').Content} Content */
/** @typedef {import('./distribution-acts.mjs').DistributionCase} DistributionCase */

const FAR_BYTES = '0100000000002000';
const OPENED = { function: 'PeerDistClientOpenContent' };
const CLOSED = { function: 'PeerDistClientCloseContent' };
const BLOCK_READ = 'PeerDistClientBlockRead';
const STREAM_READ = 'PeerDistClientStreamRead';

const MISSING_DATA = 4052;
const TIMEOUT = 1460;
const ABORTED = 995;

/** @type {readonly DistributionCase[]} */
const CONTENTS = [
  {
    title: 'content: its information, in pieces',
    act: ({ distribution }) =>
      withContent(distribution, async (content) => {
        await content.addContentInformation(new Uint8Array([1, 2]));
        await content.addContentInformation(new Uint8Array(65_536).fill(0xff));
        await content.completeContentInformation();
        return content.information();
      }),
    value: { flashCrowd: false },
    handed: [
      { ...OPENED, in: { hCompletionPort: false }, bytes: { pContentTag: TAG_BYTES } },
      ...going({ function: 'PeerDistClientAddContentInformation', in: { pBuffer: '0102' }, bytes: overlapped() }),
      ...going({ function: 'PeerDistClientAddContentInformation', in: { pBuffer: 'ff'.repeat(65_536) } }),
      ...going({ function: 'PeerDistClientCompleteContentInformation', bytes: overlapped() }),
      {
        function: 'PeerDistClientGetInformationByHandle',
        in: { PeerDistClientInfoClass: 0, dwBufferSize: 4 },
      },
      CLOSED,
    ],
  },
  {
    title: 'content: a flash crowd',
    script: { PeerDistClientGetInformationByHandle: { lpInformation: { fFlashCrowd: 5 } } },
    act: ({ distribution }) => withContent(distribution, (content) => content.information()),
    value: { flashCrowd: true },
  },
  {
    title: 'blockRead: bytes, at an offset above 2^53',
    script: { [BLOCK_READ]: { pBuffer: '00ff', completes: { offset: String(FAR) } } },
    act: ({ distribution }) =>
      withContent(distribution, async (content) => printable(await content.blockRead(FAR, { max: 65_536 }))),
    value: { kind: 'data', offset: String(FAR), bytes: '00ff', available: 2 },
    handed: [
      OPENED,
      ...going({
        function: BLOCK_READ,
        in: {
          cbMaxNumberOfBytes: 65_536,
          pBuffer: true,
          dwTimeoutInMilliseconds: 0xfffffffe,
          lpOverlapped: String(FAR),
        },
        bytes: overlapped(FAR_BYTES),
      }),
      CLOSED,
    ],
  },
  ...[
    { kind: 'missing', status: MISSING_DATA },
    { kind: 'timeout', status: TIMEOUT },
  ].flatMap(({ kind, status }) =>
    [BLOCK_READ, STREAM_READ].map((name) => ({
      title: `${name}: ${kind}`,
      script: { [name]: { completes: { status, bytes: 0xffffffff, offset: String(FARTHEST) } } },
      act: (/** @type {{ distribution: Distribution }} */ { distribution }) =>
        withContent(distribution, async (content) => printable(await readBy(content, name, { max: 1, timeoutMs: 0 }))),
      value: { kind, offset: String(FARTHEST), length: 0xffffffff },
      handed: [OPENED, ...going({ function: name, in: { dwTimeoutInMilliseconds: 0 } }), CLOSED],
    })),
  ),
  ...[BLOCK_READ, STREAM_READ].flatMap((name) => [
    {
      title: `${name}: beyond the content`,
      script: { [name]: { completes: { status: NO_MORE } } },
      act: (/** @type {{ distribution: Distribution }} */ { distribution }) =>
        withContent(distribution, (content) => readBy(content, name, { max: 1 })),
      handed: [OPENED, ...going({ function: name, in: { cbMaxNumberOfBytes: 1 } }), CLOSED],
    },
    {
      title: `${name}: how many bytes are at hand`,
      script: { [name]: { completes: { bytes: 0x80000001, offset: '5' } } },
      act: (/** @type {{ distribution: Distribution }} */ { distribution }) =>
        withContent(distribution, async (content) => printable(await readBy(content, name, { max: 0 }))),
      value: { kind: 'data', offset: '5', bytes: '', available: 0x80000001 },
      handed: [OPENED, ...going({ function: name, in: { cbMaxNumberOfBytes: 0, pBuffer: false } }), CLOSED],
    },
  ]),
  {
    title: 'streamRead: several wait, in their order',
    script: {
      [STREAM_READ]: [
        { pBuffer: '01', completes: { until: 'first', offset: '0' } },
        { pBuffer: '0203', completes: { until: 'second', offset: '1' } },
      ],
    },
    act: ({ distribution }) =>
      withContent(distribution, async (content) => {
        const reads = [content.streamRead({ max: 4, timeoutMs: 7 }), content.streamRead({ max: 4, timeoutMs: 8 })];
        await called({ [STREAM_READ]: 2 });
        for (const gate of ['second', 'first']) writeFileSync(join(process.env.WINPEER_DOUBLES ?? '', gate), '');
        return (await Promise.all(reads)).map(printable);
      }),
    value: [
      { kind: 'data', offset: '0', bytes: '01', available: 1 },
      { kind: 'data', offset: '1', bytes: '0203', available: 2 },
    ],
  },
  {
    title: 'addData: from the origin, at an offset above 2^53',
    act: ({ distribution }) => withContent(distribution, (content) => content.addData(FAR, ID)),
    handed: [
      OPENED,
      ...going({
        function: 'PeerDistClientAddData',
        in: { pBuffer: ID_BYTES, lpOverlapped: String(FAR) },
        bytes: overlapped(FAR_BYTES),
      }),
      CLOSED,
    ],
  },
  {
    title: 'cancel: one call, by its signal',
    script: { [BLOCK_READ]: { completes: false } },
    act: ({ distribution }) =>
      withContent(distribution, async (content) => {
        const abort = new AbortController();
        const read = codeOf(content.blockRead(0n, { max: 9, signal: abort.signal }));
        await called({ [BLOCK_READ]: 1 });
        abort.abort(ENOUGH);
        await called({ PeerDistGetOverlappedResult: 1 });
        return read;
      }),
    value: 'ENOUGH',
    handed: [
      OPENED,
      { function: BLOCK_READ, completed: ABORTED },
      { function: 'PeerDistClientCancelAsyncOperation', in: { pOverlapped: BLOCK_READ } },
      { function: 'PeerDistGetOverlappedResult' },
      CLOSED,
    ],
  },
  {
    title: 'cancel: all that go on, and none',
    script: { [BLOCK_READ]: { completes: false } },
    act: ({ distribution }) =>
      withContent(distribution, async (content) => {
        const reads = [1, 2].map(() => codeOf(content.blockRead(0n, { max: 9 })));
        await content.cancel();
        return [...(await Promise.all(reads)), await codeOf(content.cancel())];
      }),
    value: ['ERROR_OPERATION_ABORTED', 'ERROR_OPERATION_ABORTED', 'PEERDIST_ERROR_OPERATION_NOTFOUND'],
    handed: [
      OPENED,
      { function: BLOCK_READ, completed: ABORTED },
      { function: BLOCK_READ, completed: ABORTED },
      { function: 'PeerDistClientCancelAsyncOperation', in: { pOverlapped: null } },
      { function: 'PeerDistGetOverlappedResult' },
      { function: 'PeerDistGetOverlappedResult' },
      { function: 'PeerDistClientCancelAsyncOperation' },
      CLOSED,
    ],
  },
  {
    title: 'close: what goes on is cancelled',
    script: { [STREAM_READ]: { completes: false }, PeerDistClientAddData: { completes: false } },
    act: async ({ distribution }) => {
      const content = await distribution.openContent(TAG);
      const going = [codeOf(content.streamRead({ max: 1 })), codeOf(content.addData(0n, ID))];
      await content.close();
      return [...(await Promise.all(going)), await codeOf(content.streamRead({ max: 1 }))];
    },
    value: ['ERROR_OPERATION_ABORTED', 'ERROR_OPERATION_ABORTED', 'ERROR_INVALID_HANDLE'],
    handed: [
      OPENED,
      { function: STREAM_READ, completed: ABORTED },
      { function: 'PeerDistClientAddData', completed: ABORTED },
      CLOSED,
      { function: 'PeerDistGetOverlappedResult' },
      { function: 'PeerDistGetOverlappedResult' },
    ],
  },
  {
    title: 'flush: what is kept under a tag',
    act: ({ distribution }) => distribution.flush(TAG),
    handed: going({
      function: 'PeerDistClientFlushContent',
      in: { hCompletionPort: false, ulCompletionKey: '0' },
      bytes: { pContentTag: TAG_BYTES, ...overlapped() },
    }),
  },
];

/** @type {readonly DistributionCase[]} */
const MANY = [
  {
    title: 'ten thousand calls, more of them at a time than Windows waits for events',
    script: { [BLOCK_READ]: { pBuffer: '00ff' } },
    act: async ({ distribution }) => {
      let read = 0;
      for (let round = 0; round < 25; round++) {
        await withContent(distribution, async (content) => {
          const reads = Array.from({ length: 200 }, () => content.blockRead(FAR, { max: 65_536 }));
          for (const it of await Promise.all(reads)) if (it?.kind === 'data') read += it.bytes.length;
        });
      }
      return read;
    },
    value: 10_000,
  },
  {
    title: 'the file system works while reads wait',
    script: { [BLOCK_READ]: { completes: false } },
    act: ({ distribution }) =>
      withContent(distribution, async (content) => {
        const reads = Array.from({ length: 150 }, () => codeOf(content.blockRead(0n, { max: 1 })));
        await called({ [BLOCK_READ]: 150 });
        await content.cancel();
        return new Set(await Promise.all(reads)).size;
      }),
    value: 1,
  },
];

/** @type {readonly DistributionCase[]} */
export const CLIENT_CASES = [...CONTENTS, ...MANY];

/** @param {Content} content @param {string} name @param {import('winpeer/distribution').ContentReadOptions} options */
function readBy(content, name, options) {
  return name === BLOCK_READ ? content.blockRead(0n, options) : content.streamRead(options);
}

/** @param {import('winpeer/distribution').ReadResult | undefined} read */
function printable(read) {
  if (read === undefined) return undefined;
  const offset = String(read.offset);
  return read.kind === 'data' ? { ...read, offset, bytes: hex(read.bytes) } : { ...read, offset };
}

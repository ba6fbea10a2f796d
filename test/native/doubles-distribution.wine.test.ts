import { afterAll, beforeAll, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { program } from './doubles/build.ts';
import { faults, of, playPart } from './parts.ts';
import { held } from './stage.ts';
import { Windows } from './wine.ts';

const IO_PENDING = 997;
const IO_INCOMPLETE = 996;
const INVALID_PARAMETER = 87;

suite('the double of peerdist.dll, called by a C++ program', ['wine', 'mingw'], () => {
  let windows: Windows;
  let calls: string;
  beforeAll(() => {
    windows = new Windows(['peerdist.dll']);
    calls = program('distribution-calls.exe', 'peerdist.dll');
  }, 300_000);
  afterAll(() => windows[Symbol.dispose]());

  test('what no caller may do is refused and written down', async () => {
    const { results, log } = await playPart(windows, calls, 'misuse', {
      PeerDistClientAddContentInformation: { completes: false },
    });
    expect(results).toEqual([
      ...Array(5).fill(INVALID_PARAMETER),
      ...[IO_PENDING, INVALID_PARAMETER, INVALID_PARAMETER, IO_INCOMPLETE, 0],
      ...[[995, 0], INVALID_PARAMETER],
    ]);
    expect(faults(log)).toEqual([
      'lpOverlapped: null',
      'hEvent: null',
      'lpOverlapped: an offset that is reserved',
      'pBuffer: null',
      'hContentHandle: no open PEERDIST_CONTENT_HANDLE',
      'changed while the call went on',
      'lpOverlapped: of a call that goes on',
      'lpOverlapped: the call before goes on',
      'lpOverlapped: of no call that anybody has to ask after',
    ]);
    expect(held(log)).toEqual([]);
  });

  test('results are in the OVERLAPPED, as the system’s own functions know them', async () => {
    const { results, log } = await playPart(windows, calls, 'results', {
      PeerDistClientBlockRead: [
        { pBuffer: '0102', completes: { offset: '4294967298' } },
        { completes: { status: 1460, bytes: 9 } },
      ],
    });
    // The system has no name of its own for other codes.
    expect(results).toEqual([IO_PENDING, [0, 2], ['01020000', 2, 1], IO_PENDING, 1460, 9]);
    expect(of(log, 'PeerDistClientBlockRead').map((it) => it.completed)).toEqual([0, 1460]);
    expect(faults(log)).toEqual([]);
  });
});

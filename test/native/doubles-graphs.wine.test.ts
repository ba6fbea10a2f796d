import { afterAll, beforeAll, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { program } from './doubles/build.ts';
import { functionsOf } from './doubles/table.ts';
import { faults, of, playPart, utf16 } from './parts.ts';
import { held, type Script } from './stage.ts';
import { Windows } from './wine.ts';

const S_OK = '0x00000000';
const GUID = '00112233-4455-6677-8899-aabbccddeeff';
const OTHER = 'ffffffff-fffe-fffd-fc00-000000000001';
const GUID_BYTES = '33221100554477668899aabbccddeeff';
const ZERO = '0'.repeat(32);
const POINTER = 'p'.repeat(16);
const NULL = '0'.repeat(16);

suite('the double of p2pgraph.dll, called by a C++ program', ['wine', 'mingw'], () => {
  let windows: Windows;
  let calls: string;
  const called = new Set<string>();
  beforeAll(() => {
    windows = new Windows(['p2pgraph.dll']);
    calls = program('graph-calls.exe');
  }, 300_000);
  afterAll(() => windows[Symbol.dispose]());

  async function played(part: string, script?: Script) {
    const came = await playPart(windows, calls, part, script);
    for (const call of came.log) called.add(call.function);
    return came;
  }

  test('graphs, connections and nodes: 64-bit numbers, dates, lists in structures', async () => {
    const { results, log } = await played('graphs', {
      PeerGraphStartup: { pVersionData: { wVersion: 1, wHighestVersion: 0xffff } },
      PeerGraphConnect: { pullConnectionId: '9223372036854775809' },
      PeerGraphOpenDirectConnection: { pullConnectionId: '18446744073709551615' },
      PeerGraphGetStatus: { pdwStatus: 0xfffffffd },
      PeerGraphGetProperties: { ppGraphProperties: { pwzComment: '日', cPresenceMax: 7 } },
      PeerGraphGetNodeInfo: {
        ppNodeInfo: {
          ullNodeId: '9007199254740993',
          pAddresses: ['0001', 'ffff'].map((port) => ({ sin6: `1700${port}`.padEnd(56, '0') })),
        },
      },
      PeerGraphPeerTimeToUniversalTime: { pftUniversalTime: '18446744073709551615' },
      PeerGraphUniversalTimeToPeerTime: { pftPeerTime: '5' },
    });
    expect(results).toEqual([
      ...[S_OK, [1, 0xffff], S_OK, S_OK, S_OK],
      ...[S_OK, S_OK, ['9223372036854775809', '18446744073709551615'], S_OK, S_OK],
      ...[S_OK, S_OK, [0xfffffffd, 56, '日', 7], S_OK, S_OK, S_OK],
      ...[S_OK, ['9007199254740993', 2, 0xffff], S_OK, S_OK, [0xffffffff, 0xffffffff, 5]],
      ...[S_OK, S_OK, S_OK, S_OK, S_OK, S_OK],
    ]);
    expect(of(log, 'PeerGraphCreate')).toMatchObject([
      {
        in: { pwzDatabaseName: 'db 😀', pSecurityInterface: null },
        bytes: {
          pGraphProperties: `380000000000000003000000${'0'.repeat(8)}${POINTER}${NULL}${NULL}${NULL}feffffffffffffff`,
          'pGraphProperties.pwzGraphId': utf16('Graph ü'),
        },
      },
    ]);
    expect(of(log, 'PeerGraphOpen')).toMatchObject([{ in: { pRecordTypeSyncPrecedence: [GUID, OTHER] } }]);
    expect(of(log, 'PeerGraphListen')).toMatchObject([{ in: { dwScope: 2, dwScopeId: 0xfffffffe, wPort: 0xffff } }]);
    expect(of(log, 'PeerGraphSendData')).toMatchObject([
      { in: { ullConnectionId: '18446744073709551615', pType: GUID, pvData: '00ff' } },
    ]);
    expect(of(log, 'PeerGraphPeerTimeToUniversalTime')).toMatchObject([{ in: { pftPeerTime: '81985529216486895' } }]);
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });

  test('records, enumerations and events', async () => {
    const record = { pwzAttributes: '<ü/>', type: GUID };
    const { results, log } = await played('records', {
      PeerGraphAddRecord: { pRecordId: OTHER },
      PeerGraphGetRecord: { ppRecord: { id: OTHER, dwVersion: 0xffffffff, data: '00ff' } },
      PeerGraphEnumRecords: { phPeerEnum: [record, record] },
      PeerGraphSearchRecords: { phPeerEnum: [record] },
      PeerGraphEnumNodes: { phPeerEnum: [{ ullNodeId: '9007199254740993' }] },
      PeerGraphEnumConnections: { phPeerEnum: [{ ullConnectionId: '18446744073709551615' }] },
      PeerGraphRegisterEvent: {
        phPeerEvent: [
          { eventType: 1, dwStatus: 4 },
          { eventType: 8, nodeChangeData: { changeType: 2, pwzPeerId: 'Ω' } },
          { eventType: 2 },
          { eventType: 9, synchronizedData: { recordType: OTHER } },
        ],
      },
    });
    expect(results).toEqual([
      ...[S_OK, S_OK, OTHER, S_OK, S_OK, [OTHER, 0xffffffff, '00ff'], S_OK, S_OK],
      ...[
        [2, '<ü/>', '<ü/>', S_OK],
        [1, '<ü/>', S_OK],
        [1, '9007199254740993', S_OK],
        [1, '18446744073709551615', S_OK],
      ],
      ...[S_OK, 4, [2, 'Ω'], OTHER, '0x00630002', S_OK, S_OK],
    ]);
    expect(of(log, 'PeerGraphAddRecord')[0]?.bytes.pRecord).toBe(
      `80000000${GUID_BYTES}${ZERO}${'0'.repeat(16)}........${NULL.repeat(3)}${NULL}efcdab8967452301${NULL}` +
        `00000000........${NULL}03000000........${POINTER}`,
    );
    expect(of(log, 'PeerGraphDeleteRecord')).toMatchObject([{ in: { pRecordId: OTHER, fLocal: 1 } }]);
    expect(of(log, 'PeerGraphValidateDeferredRecords')).toMatchObject([{ in: { pRecordIds: [GUID, OTHER] } }]);
    expect(of(log, 'PeerGraphEnumRecords')).toMatchObject([{ in: { pRecordType: GUID, pwzPeerId: 'Ω' } }]);
    expect(of(log, 'PeerGraphRegisterEvent')).toMatchObject([
      {
        in: {
          pEventRegistrations: [
            { eventType: 3, pType: OTHER },
            { eventType: 9, pType: null },
          ],
        },
      },
    ]);
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });

  test('a graph’s security interface is called as the script says, by another thread', async () => {
    const { results, log } = await played('security', {
      PeerGraphAddRecord: {
        callbacks: [
          { function: 'pfnSecureRecord', pRecord: { type: GUID, data: '0102' }, changeType: 1 },
          { function: 'pfnValidateRecord', pRecord: { type: OTHER }, changeType: 3 },
          { function: 'pfnAuthFailed' },
        ],
      },
    });
    const [, added, , secured] = results;
    expect(added).toBe(S_OK);
    expect(secured).toEqual([['secure', '0102', 1], ['free', 2], ['validate', true, OTHER, 3, 128], 'failed']);
    expect(of(log, 'PeerGraphCreate')).toMatchObject([
      {
        in: {
          pSecurityInterface: {
            dwSize: 80,
            pwzSspFilename: 'C:\\ssp ü.dll',
            pbSecurityInfo: '0708',
            pvContext: expect.stringMatching(/^0x[0-9a-f]+$/),
            pfnValidateRecord: true,
            pfnAuthFailed: true,
          },
        },
      },
    ]);
    expect(of(log, 'PeerGraphAddRecord')).toMatchObject([
      {
        callbacks: [
          { returns: S_OK, securityData: 'cafe', freed: S_OK },
          { returns: '0x80632030' },
          { returns: '0x80070005' },
        ],
      },
    ]);
    expect(held(log)).toEqual([]);
  });

  test('every export was called', () => {
    const names = functionsOf('p2pgraph.dll', ['graphing']).map(({ name }) => name);
    expect([...called].toSorted()).toEqual(names.toSorted());
  });
});

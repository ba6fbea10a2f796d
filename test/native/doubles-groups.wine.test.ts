import { afterAll, beforeAll, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { program } from './doubles/build.ts';
import { faults, of, playPart, utf16 } from './parts.ts';
import { held } from './stage.ts';
import { Windows } from './wine.ts';

const S_OK = '0x00000000';
const NO_EVENT_DATA = '0x00630002';
const GUID = '00112233-4455-6677-8899-aabbccddeeff';
const GUID_BYTES = '33221100554477668899aabbccddeeff';
const OTHER = 'ffffffff-fffe-fffd-fc00-000000000001';
const OTHER_BYTES = 'fffffffffefffdfffc00000000000001';
const POINTER = 'p'.repeat(16);

suite('the double of p2p.dll for groups and people, called by a C++ program', ['wine', 'mingw'], () => {
  let windows: Windows;
  let calls: string;
  beforeAll(() => {
    windows = new Windows(['p2p.dll']);
    calls = program('group-calls.exe');
  }, 300_000);
  afterAll(() => windows[Symbol.dispose]());

  test('groups: records, lists in structures, 64-bit numbers, dates, events', async () => {
    const { results, log } = await playPart(windows, calls, 'grouping', {
      PeerGroupStartup: { pVersionData: { wVersion: 0x0101, wHighestVersion: 0xffff } },
      PeerGroupParseInvitation: {
        ppInvitationInfo: {
          pRoles: [OTHER, GUID],
          ppwzClassifiers: ['ü'],
          ftValidityEnd: '18446744073709551615',
          pSubjectPublicKey: { 'Algorithm.pszObjId': '1.2.840', PublicKey: '00ff' },
        },
      },
      PeerGroupOpenDirectConnection: { pullConnectionId: '9223372036854775809' },
      PeerGroupAddRecord: { pRecordId: GUID },
      PeerGroupRegisterEvent: {
        phPeerEvent: [
          { eventType: 1, dwStatus: 2 },
          { eventType: 6, incomingData: { ullConnectionId: '9007199254740993', data: '00' } },
          { eventType: 2 },
        ],
      },
      PeerGroupEnumMembers: {
        phPeerEnum: [
          {
            pwzIdentity: 'a.b',
            ullNodeId: '18446744073709551615',
            pAddresses: ['0001', 'ffff'].map((port) => ({ sin6: `1700${port}`.padEnd(56, '0') })),
            pCredentialInfo: { pwzFriendlyName: 'ü' },
          },
        ],
      },
    });
    expect(results).toEqual([
      ...[S_OK, [0x0101, 0xffff], S_OK, '0x80070057'],
      ...[S_OK, utf16('PeerGroupCreateInvitation'), S_OK, [136, 2, GUID, 'ü', '1.2.840', 2, 0xffffffff]],
      ...[S_OK, '9223372036854775809', S_OK, S_OK, GUID],
      ...[S_OK, 2, ['9007199254740993', '00'], S_OK],
      ...[[1, 56, '18446744073709551615', 2, 0xffff, 'ü'], S_OK],
    ]);
    expect(of(log, 'PeerGroupCreate')[0]?.bytes.pProperties).toBe(
      `60000000${'0'.repeat(24)}${POINTER}${'0'.repeat(64)}feffffff${'0'.repeat(16)}........${'0'.repeat(16)}${OTHER_BYTES}`,
    );
    expect(of(log, 'PeerGroupCreateInvitation')).toMatchObject([
      {
        in: { pftExpiration: '81985529216486895', cRoles: 2, pRoles: [GUID, OTHER] },
        bytes: { pftExpiration: 'efcdab8967452301', 'pRoles.0': GUID_BYTES, 'pRoles.1': OTHER_BYTES },
      },
    ]);
    expect(of(log, 'PeerGroupSendData')).toMatchObject([
      { in: { ullConnectionId: '9223372036854775809', pType: GUID, pvData: '00ff' } },
    ]);
    expect(of(log, 'PeerGroupAddRecord')).toMatchObject([
      { in: { pRecord: { dwSize: 128, type: GUID, pwzAttributes: '<a/>', securityData: null, data: '00ff' } } },
    ]);
    expect(of(log, 'PeerGroupRegisterEvent')).toMatchObject([
      {
        in: {
          pEventRegistrations: [
            { eventType: 1, pType: null },
            { eventType: 3, pType: OTHER },
          ],
        },
      },
    ]);
    expect(of(log, 'PeerGroupGetEventData').map((it) => it.returns)).toEqual([S_OK, S_OK, S_OK, NO_EVENT_DATA]);
    expect(faults(log)).toEqual(["pProperties.dwSize: not the structure's size"]);
    expect(held(log)).toEqual([]);
  });

  test('people: structures in structures, an invitation, an event', async () => {
    const { results, log } = await playPart(windows, calls, 'collaboration', {
      PeerCollabGetInvitationResponse: {
        ppInvitationResponse: { action: 1, pwzMessage: '日', hrExtendedInfo: 0x80630001 | 0 },
      },
      PeerCollabRegisterEvent: {
        phPeerEvent: [
          {
            eventType: 10,
            peopleNearMeChangedData: { changeType: 1, pPeopleNearMe: { id: GUID, endpoint: { pwzEndpointName: 'ü' } } },
          },
        ],
      },
    });
    expect(results).toEqual([
      ...[S_OK, S_OK, S_OK, [1, '日', '0x80630001'], S_OK, S_OK],
      ...[S_OK, S_OK, [1, 'ü', GUID], NO_EVENT_DATA, S_OK],
    ]);
    expect(of(log, 'PeerCollabAsyncInviteEndpoint')).toMatchObject([
      {
        in: {
          pcEndpoint: { address: { dwSize: 32 }, pwzEndpointName: 'Rechner ü' },
          pcInvitation: { applicationId: GUID, applicationData: '010203', pwzMessage: '日' },
        },
        bytes: { pcInvitation: `${GUID_BYTES}03000000........${POINTER}${POINTER}` },
      },
    ]);
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });
});

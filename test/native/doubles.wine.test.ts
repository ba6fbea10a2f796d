import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { suite } from '../needs.ts';
import { program } from './doubles/build.ts';
import { functionsOf } from './doubles/table.ts';
import { privateKeyBlob, publicKeyBlob } from './key-blob.mjs';
import { faults, of, playPart, utf16 } from './parts.ts';
import { held, type Script, type Stage } from './stage.ts';
import { Windows } from './wine.ts';

const E_INVALIDARG = '0x80070057';
const S_OK = '0x00000000';
/** SOCKADDR_IN6: family, port, flow, address, scope. */
const SIX = '1700 1234 01000000 fefefefefefefefefefefefefefefefe efcdab89'.replaceAll(' ', '');
/** SOCKADDR_IN: family, port, address, zeros. */
const FOUR = '0200 ffff 7f000001 0000000000000000'.replaceAll(' ', '');

suite('the doubles of p2p.dll, called by a C++ program', ['wine', 'mingw'], () => {
  let windows: Windows;
  let calls: string;
  const called = new Set<string>();

  beforeAll(() => {
    windows = new Windows(['p2p.dll']);
    calls = program('calls.exe');
  }, 300_000);
  afterAll(() => windows[Symbol.dispose]());

  async function played(part: string, script?: Script, during?: (stage: Stage) => Promise<void>) {
    const came = await playPart(windows, calls, part, script, during);
    for (const call of came.log) called.add(call.function);
    return came;
  }

  test('texts and keys go both ways to the last byte', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const { results, log } = await played('identity', {
      PeerIdentityCreate: [{ ppwzIdentity: 'a.Grüße 😀' }, { returns: 0x80630009 }],
      PeerIdentityGetFriendlyName: { ppwzFriendlyName: { utf16: '3dd84100' } },
      PeerIdentitySetFriendlyName: { returns: 6 },
      PeerIdentityGetCryptKey: { phCryptProv: privateKeyBlob(pair.privateKey).toString('hex') },
      PeerCreatePeerName: { ppwzPeerName: '' },
      PeerIdentityGetXML: { ppwzIdentityXML: null },
    });
    const [created, ownKey, ...others] = results;
    expect(created).toEqual([S_OK, '61002e0047007200fc00df00650020003dd800de0000']);
    expect(others).toEqual([
      ['0x80630009', null],
      [S_OK, '3dd841000000'],
      '0x00000006',
      S_OK,
      publicKeyBlob(pair.publicKey).toString('hex'),
      S_OK,
      [S_OK, '0000'],
      [S_OK, null],
      [S_OK, utf16('PeerIdentityExport')],
      [S_OK, utf16('PeerIdentityImport')],
      [S_OK, utf16('PeerIdentityGetDefault')],
    ]);
    expect(of(log, 'PeerIdentityCreate')).toMatchObject([
      {
        in: { pwzClassifier: 'Grüße', pwzFriendlyName: 'Ωmega 😀', hCryptProv: ownKey },
        bytes: { pwzClassifier: '47007200fc00df0065000000', pwzFriendlyName: 'a9036d0065006700610020003dd800de0000' },
      },
      { in: { pwzClassifier: null, pwzFriendlyName: null, hCryptProv: null }, bytes: {}, gives: [] },
    ]);
    expect(of(log, 'PeerIdentityExport')).toMatchObject([{ in: { pwzIdentity: 'a.b', pwzPassword: 'pass wörd' } }]);
    expect(of(log, 'PeerIdentitySetFriendlyName')).toMatchObject([{ bytes: { pwzFriendlyName: '0000' } }]);
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });

  test('an enumeration gives the items asked for, then fewer', async () => {
    const { results, log } = await played('enumerations', {
      PeerEnumIdentities: {
        phPeerEnum: [
          { pwzPeerName: 'a.b', pwzFriendlyName: 'ü' },
          { pwzPeerName: '' },
          { dwSize: 3, pwzPeerName: 'c' },
        ],
      },
    });
    expect(results).toEqual([
      [3, [24, 'a.b', 'ü'], [24, '', null], [3, 'c', null], S_OK],
      [0, S_OK],
    ]);
    expect(of(log, 'PeerGetNextItem').map((it) => it.bytes)).toEqual(Array(3).fill({ pCount: '02000000' }));
    expect(of(log, 'PeerEndEnumeration').map((it) => it.closes)).toEqual(['HPEERENUM 1', 'HPEERENUM 2']);
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });

  test('an enumeration and a list may be longer than any real one', async () => {
    const many = Array.from({ length: 3000 }, (_, at) => `${at} ${'λ'.repeat(200)}`);
    const enumerated = await played('enumerations', {
      PeerEnumIdentities: { phPeerEnum: many.map((name) => ({ pwzPeerName: name })) },
    });
    expect(enumerated.results[0]).toEqual([3000, ...many.map((name) => [24, name, null]), S_OK]);
    const listed = await played('names', {
      PeerPnrpGetCloudInfo: { ppCloudInfo: many.map((name) => ({ pwzCloudName: name })) },
    });
    expect(listed.results[3]).toEqual([S_OK, many.map((name) => [name, 0, 0])]);
  });

  test('a list goes out with its count', async () => {
    const { results, log } = await played('names', {
      PeerNameToPeerHostName: { ppwzHostName: 'h' },
      PeerPnrpStartup: { returns: 0x80630106 },
      PeerPnrpGetCloudInfo: {
        ppCloudInfo: [
          { pwzCloudName: 'Global_', dwScope: 1 },
          { pwzCloudName: 'ü', dwScope: 3, dwScopeId: 4294967295 },
        ],
      },
    });
    const clouds = [
      ['Global_', 1, 0],
      ['ü', 3, 4294967295],
    ];
    expect(results).toEqual([
      [S_OK, utf16('h')],
      [S_OK, utf16('PeerHostNameToPeerName')],
      '0x80630106',
      [S_OK, clouds],
      S_OK,
    ]);
    expect(of(log, 'PeerPnrpStartup')).toMatchObject([{ in: { wVersionRequested: 2 } }]);
    expect(held(log)).toEqual([]);
  });

  test('a structure is written down field by field and byte by byte, with what it points to', async () => {
    const { results, log } = await played('registration');
    expect(results).toEqual(Array(5).fill(S_OK));
    const [absent, full] = of(log, 'PeerPnrpRegister');
    expect(absent).toMatchObject({
      in: { pcwzPeerName: '0.ü', pRegistrationInfo: null },
      bytes: { pcwzPeerName: '30002e00fc000000' },
    });
    expect(full?.in.pRegistrationInfo).toEqual({
      pwzCloudName: 'LinkLocal_ff00::%1/8',
      pwzPublishingIdentity: 'a.b',
      cAddresses: 2,
      ppAddresses: [SIX, FOUR],
      wPort: 0x8001,
      pwzComment: '日本語',
      payload: '0001feff',
    });
    const pointer = 'p'.repeat(16);
    expect(full?.bytes).toMatchObject({
      pRegistrationInfo: `${pointer}${pointer}02000000........${pointer}0180............${pointer}04000000........${pointer}`,
      'pRegistrationInfo.pwzComment': 'e5652c679e8a0000',
    });
    expect(of(log, 'PeerPnrpUpdateRegistration')).toMatchObject([
      {
        in: {
          hRegistration: 'HREGISTRATION 1',
          pRegistrationInfo: { cAddresses: 0xffffffff, ppAddresses: null, payload: null },
        },
      },
    ]);
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });

  test('a search is signalled for each endpoint and for its end', async () => {
    const endpoint = { pwzPeerName: '0.ü', ppAddresses: [SIX, FOUR], pwzComment: '日', payload: '00ff' };
    const { results, log } = await played('resolve', {
      PeerPnrpResolve: { ppEndpoints: [endpoint, { pwzPeerName: '0.x' }] },
      PeerPnrpStartResolve: { phResolve: [{ pwzPeerName: '0.x' }, endpoint] },
    });
    const both = [
      ['0.ü', [SIX, FOUR], '日', '00ff'],
      ['0.x', [], null, ''],
    ];
    expect(results).toEqual([S_OK, ...both, S_OK, ...both.toReversed(), '0x80634003', S_OK]);
    expect(of(log, 'PeerPnrpResolve')).toMatchObject([{ in: { pcwzCloudName: null, pcEndpoints: 5 } }]);
    expect(of(log, 'PeerPnrpStartResolve')).toMatchObject([
      { in: { pcwzCloudName: 'Global_', cMaxEndpoints: 0xffffffff, hEvent: true } },
    ]);
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });

  test('a call lasts, and an event is held back, until the test opens the gate', async () => {
    const script = {
      PeerPnrpStartResolve: { phResolve: [], signal: 'found' },
      PeerIdentityGetDefault: { ppwzPeerName: 'a.b', until: 'default' },
    };
    const { results, log } = await played('gates', script, async (stage) => {
      const lasting = () => of(stage.calls(), 'PeerIdentityGetDefault');
      await vi.waitFor(() => expect(lasting()).toHaveLength(1), 60_000);
      expect(lasting()).toMatchObject([{ returns: null, gives: [] }]);
      stage.open('default');
      await vi.waitFor(() => expect(lasting()).toMatchObject([{ returns: S_OK }]), 60_000);
      stage.open('found');
    });
    expect(results).toEqual([true, [S_OK, utf16('a.b')], S_OK]);
    expect(held(log)).toEqual([]);
  });

  test('what no caller may do is refused and written down', async () => {
    const { results, log } = await played('misuse', { PeerPnrpStartResolve: { phResolve: [] } });
    expect(results).toEqual(Array(7).fill(E_INVALIDARG));
    expect(faults(log)).toEqual([
      'ppwzPeerName: null',
      'pwzIdentity: null',
      'hPeerEnum: no open HPEERENUM',
      'ppwzPeerName: not null on entry',
      'pvData: no block that is held',
      'pvData: no block that is held',
      'pRegistrationInfo.ppAddresses: a count without a list',
      'pRegistrationInfo.payload: bytes without a place',
      'hEvent: no handle',
      'hRegistration: no open HREGISTRATION',
    ]);
    expect(held(log)).toEqual(['HPEERENUM 1', 'block 2']);
  });

  test('a script that names what a function lacks ends the program', async () => {
    const stage = windows.stage({ PeerIdentityGetDefault: { ppwzName: 'a.b' } });
    const { status, stderr } = await windows.run(calls, ['identity'], { env: stage.env });
    expect({ status, stderr }).toEqual({
      status: 99,
      stderr: expect.stringContaining('PeerIdentityGetDefault has no ppwzName'),
    });
  });

  test('every export was called', () => {
    const names = functionsOf('p2p.dll', ['identity', 'pnrp']).map(({ name }) => name);
    expect([...called].toSorted()).toEqual(names.toSorted());
  });
});

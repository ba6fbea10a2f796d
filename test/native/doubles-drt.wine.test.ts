import { afterAll, beforeAll, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { type Dll, program } from './doubles/build.ts';
import { functionsOf } from './doubles/table.ts';
import { faults, of, playPart } from './parts.ts';
import { held, type Script } from './stage.ts';
import { Windows } from './wine.ts';

const S_OK = '0x00000000';
const E_INVALIDARG = '0x80070057';
const DLLS = ['drt.dll', 'drtprov.dll', 'drttransport.dll'] as const satisfies readonly Dll[];
const KEY = 'f0'.repeat(32);
/** SOCKADDR_IN6 in a SOCKADDR_STORAGE. */
const SIX = '17001234 01000000 fefefefefefefefefefefefefefefefe efcdab89'.replaceAll(' ', '');

suite('the doubles of the DRT, called by a C++ program', ['wine', 'mingw'], () => {
  let windows: Windows;
  let calls: string;
  const called = new Set<string>();
  beforeAll(() => {
    windows = new Windows(DLLS);
    calls = program('drt-calls.exe', 'drt.dll');
  }, 300_000);
  afterAll(() => windows[Symbol.dispose]());

  async function played(part: string, script?: Script) {
    const came = await playPart(windows, calls, part, script);
    for (const call of came.log) called.add(call.function);
    return came;
  }

  test('transports, providers, certificates and keys', async () => {
    const { results, log } = await played('providers', {
      DrtCreateIpv6UdpTransport: { pwPort: 0xfffe },
      DrtCreatePnrpBootstrapResolver: { returns: 0x00621010 },
      DrtCreateDerivedKey: { pKey: KEY },
    });
    expect(results).toEqual([0xfffe, '0x00621010', S_OK, S_OK, KEY, E_INVALIDARG, S_OK]);
    expect(of(log, 'DrtCreateIpv6UdpTransport')).toMatchObject([
      { in: { scope: 3, dwScopeId: 0xfffffffe, dwLocalityThreshold: 300, pwPort: 0 }, opens: ['HDRT_TRANSPORT 1'] },
    ]);
    expect(of(log, 'DrtCreateDnsBootstrapResolver')).toMatchObject([
      { in: { port: 0xffff, pwszAddress: 'ü.example' }, opens: ['DnsBootstrapResolver 2'] },
    ]);
    expect(of(log, 'DrtCreatePnrpBootstrapResolver')).toMatchObject([
      { in: { fPublish: 1, pwzPeerName: '0.ü', pwzCloudName: null, pwzPublishingIdentity: 'a.b' } },
    ]);
    expect(of(log, 'DrtCreateDerivedKeySecurityProvider')).toMatchObject([
      { in: { pRootCert: { dwCertEncodingType: 1, pbCertEncoded: '3001ff' }, pLocalCert: null } },
    ]);
    expect(faults(log)).toEqual(['pKey: null']);
    expect(held(log)).toEqual([]);
  });

  test('an instance: its settings byte by byte, its name, its events, its keys', async () => {
    const { results, log } = await played('instance', {
      DrtOpen: {
        phDrt: [
          {
            type: 0,
            'statusChange.status': 1,
            'statusChange.bootstrapAddresses.pAddresses': [SIX.padEnd(256, '0')],
          },
          { type: 1, hr: 0x80070005 | 0, 'leafsetKeyChange.change': 1, 'leafsetKeyChange.remoteKey': KEY },
          { type: 2, pvContext: null, 'registrationStateChange.state': 1 },
        ],
      },
    });
    expect(results).toEqual([
      ...[0, S_OK, 1, S_OK, '0x8062210c', S_OK, 'Präfix 😀.1'],
      ...[S_OK, [S_OK, true], [1, 1, SIX]],
      ...[S_OK, ['0x80070005', true], KEY],
      ...[S_OK, [S_OK, false], 1],
      ...[S_OK, S_OK, 0, S_OK],
    ]);
    const [opened] = of(log, 'DrtOpen');
    expect(opened).toMatchObject({
      in: {
        hEvent: true,
        hTransport: 'HDRT_TRANSPORT 1',
        pSecurityProvider: null,
        pBootstrapProvider: 'DnsBootstrapResolver 2',
      },
      bytes: {
        pSettings: `380000002000000006ff....04000000${'p'.repeat(64)}02000000........`,
      },
    });
    expect(of(log, 'DrtRegisterKey')).toMatchObject([
      { in: { pRegistration: { key: `ff${'00'.repeat(31)}`, appData: '0102' } } },
    ]);
    expect(of(log, 'DrtUpdateKey')).toMatchObject([{ in: { pAppData: '0102' } }]);
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });

  test('a search: its range, its results one by one, its path', async () => {
    const { results, log } = await played('search', {
      DrtStartSearch: {
        hSearchContext: [
          { type: 1, registration: { appData: '00ff' } },
          { type: 0, registration: { key: KEY, appData: '' } },
        ],
        path: [
          { socketAddress: SIX.padEnd(256, '0'), flags: 1 },
          { flags: 0x80000000 | 0, nearness: -5, latency: 0xffffffff },
        ],
      },
    });
    expect(results).toEqual([
      ...[0, S_OK, S_OK],
      ...[S_OK, [48, 1, true, '00ff'], S_OK],
      ...[S_OK, [48, 0, true, ''], S_OK],
      ...[S_OK, S_OK, [296, 2, 0x80000000, -5, 0xffffffff], S_OK, S_OK],
    ]);
    expect(of(log, 'DrtStartSearch')).toMatchObject([
      {
        in: {
          pKey: '00'.repeat(32),
          timeout: 0xfffffffe,
          pInfo: {
            fIterative: 1,
            fAllowCurrentInstanceMatch: 0,
            fAnyMatchInRange: 1,
            cMaxEndpoints: 0xffffffff,
            pMaximumKey: 'ff'.repeat(32),
            pMinimumKey: '00'.repeat(32),
          },
        },
        bytes: { pInfo: `28000000010000000000000001000000ffffffff........${'p'.repeat(32)}` },
      },
    ]);
    expect(of(log, 'DrtGetSearchResultSize').at(-1)?.returns).toBe('0x80621006');
    expect(faults(log)).toEqual([]);
    expect(held(log)).toEqual([]);
  });

  test('what no caller may do is refused; a provider may refuse too', async () => {
    const { results, log } = await played('misuse');
    expect(results).toEqual([0, E_INVALIDARG, E_INVALIDARG, '0x80070005', S_OK]);
    expect(faults(log)).toEqual([
      'hTransport: nothing that is open',
      "pSettings.dwSize: not the structure's size",
      'pResolver: no open PnrpBootstrapResolver',
    ]);
    expect(held(log)).toEqual([]);
  });

  test('every export was called', () => {
    const names = DLLS.flatMap((dll) => functionsOf(dll, ['drt'])).map(({ name }) => name);
    expect([...called].toSorted()).toEqual(names.toSorted());
  });
});

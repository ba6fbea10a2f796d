import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createPlatform } from 'winpeer';
import { authorityOf } from '#fallback/certificates/rsa-key';
import { classifierHash, p2pId } from '#fallback/names/p2p-id';
import type { AuthorityBuffer } from '#fallback/pnrp/authority-buffer';
import { type Cpa, cpaCodec } from '#fallback/pnrp/cpa';
import { pnrpId } from '#fallback/pnrp/pnrp-id';
import { encodeSigned } from '#fallback/pnrp/signature';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { utf16Bytes, utf16Text } from '#fallback/wire/byte-order';
import { byteStringFromHex } from '#fallback/wire/byte-string';
import { Readings } from '#fallback/wire/readings';
import { issueChain, type Party, pack, party } from '../certificates/chains.ts';
import { work } from '../identity/host-double.ts';
import { offering, ScriptedPeer } from './scripted-peer.ts';

const readings = new Readings();
const group = party('Group');
const creator = party('Creator');
const member = party('Member');
const authority = authorityOf(group.publicKey);
const CLASSIFIER = 'participant';
const SERVICE_LOCATION = '20010db80000000080000000000000aa';

let chain: Uint8Array[];
beforeAll(async () => {
  chain = await issueChain(group, [
    { holder: creator, roles: ['admin'], classifiers: [] },
    { holder: member, roles: ['member'], classifiers: [CLASSIFIER] },
  ]);
});

/** How the answer differs from that of a member which tells the truth. */
interface Lie {
  readonly classifier?: string;
  /** Name that is searched for, where it is not the group's. */
  readonly authority?: string;
  readonly key?: Party;
  readonly cpa?: Partial<Cpa>;
  readonly answer?: Partial<AuthorityBuffer>;
}

/** What a node of a cloud finds when a member of the group registered a delegated name, and why it drops answers. */
async function resolve(lie: Lie = {}) {
  const { classifier = CLASSIFIER, key = member } = lie;
  const name = { authority: lie.authority ?? authority, classifier };
  const id = byteStringFromHex(pnrpId(p2pId(name, readings), SERVICE_LOCATION));
  const net = new VirtualNetwork();
  const peer = await ScriptedPeer.start(net.host(), {
    ...offering(id),
    INQUIRE: async (inquire, from, self) => {
      if (!inquire.cpa) return self.answer(inquire, from);
      expect(inquire.certChain).toBe(true);
      const { addresses, port } = self.routeEntry(id);
      const cpa = {
        revoke: false,
        hasExtendedPayload: false,
        notAfter: self.host.clock.filetime() + 10_000_000_000n,
        serviceLocation: SERVICE_LOCATION,
        nonce: inquire.nonce ?? new Uint8Array(16),
        binaryAuthority: name.authority,
        classifierHash: classifierHash(classifier, readings),
        serviceAddresses: addresses.map((address) => ({ address, port })),
        applicationEndpoints: addresses.map((address) => ({ address, port: 4242, protocol: 6 })),
        publicKey: key.publicKey,
        ...lie.cpa,
      };
      const { privateKey } = key;
      const validateCpa = await encodeSigned(cpaCodec(readings), cpa, (bytes) => work.sign('sha1', privateKey, bytes));
      const routeEntry = self.routeEntry(id);
      self.answer(inquire, from, { certChain: pack(chain), classifier, routeEntry, validateCpa, ...lie.answer });
    },
  });
  const drops: { reason: string; detail?: string }[] = [];
  const listen = (drop: unknown) => void drops.push(drop as (typeof drops)[number]);
  subscribe('winpeer:pnrp:drop', listen);
  const platform = createPlatform({ backend: 'fallback', host: net.host() });
  onTestFinished(async () => {
    unsubscribe('winpeer:pnrp:drop', listen);
    await platform.close({ abrupt: true });
    await peer.close();
  });
  const cloud = await platform.pnrp.open({ seeds: [peer.local] });
  await cloud.joined();
  const peerName = `${name.authority}.${classifier}`;
  const { endpoints } = await platform.pnrp.resolve(peerName, { cloud: 'Global_' });
  return {
    found: endpoints.map(({ addresses }) => addresses),
    reasons: drops.map(({ reason }) => reason),
    details: drops.map(({ detail }) => detail),
  };
}

describe('a delegated name', () => {
  const endpoint = [[{ address: '2001:db8::1', port: 4242 }]];

  test('is found when its chain holds', async () => {
    expect(await resolve()).toEqual({ found: endpoint, reasons: [], details: [] });
  });

  test('is found with the bag in another order', async () => {
    const { found } = await resolve({ answer: { certChain: pack(chain.toReversed()) } });
    expect(found).toEqual(endpoint);
  });

  test('is found with its classifier and authority in the other order of bytes', async () => {
    const swapped = utf16Text(utf16Bytes(CLASSIFIER, 'little-endian'), 'big-endian');
    const binaryAuthority = Buffer.from(authority, 'hex').reverse().toString('hex');
    const { found } = await resolve({ answer: { classifier: swapped }, cpa: { binaryAuthority } });
    expect(found).toEqual(endpoint);
  });

  test('is found under an administrator, who has all classifiers', async () => {
    const certChain = pack(chain.slice(0, 2));
    const { found } = await resolve({ classifier: 'anything', key: creator, answer: { certChain } });
    expect(found).toEqual(endpoint);
  });

  const otherAuthority = authorityOf(creator.publicKey);
  test.each<[rule: string, why: string, lie: () => Lie | Promise<Lie>]>([
    ['2 and 9, the key of somebody else', 'last key not of the CPA', () => ({ key: creator })],
    ['8, the authority of somebody else', 'root key not of the authority', () => ({ authority: otherAuthority })],
    ['8, no authority', 'root key not of the authority', () => ({ cpa: { binaryAuthority: undefined } })],
    ['11, another classifier', 'classifier not delegated', () => ({ classifier: 'else' })],
    ['11, one that only begins alike', 'classifier not delegated', () => ({ classifier: `${CLASSIFIER}s` })],
    ['11, one that is not hashed', 'classifier not of the CPA', () => ({ answer: { classifier: 'else' } })],
    ['11, none', 'classifier not of the CPA', () => ({ answer: { classifier: undefined } })],
    [
      '12, a changed signature',
      'signature',
      () => {
        const last = Buffer.from(chain[2] ?? []);
        last[last.length - 1] = (last.at(-1) ?? 0) ^ 1;
        return { answer: { certChain: pack(chain.with(2, last)) } };
      },
    ],
    [
      '3, a gap',
      'certificates that do not follow each other',
      () => ({ answer: { certChain: pack(chain.toSpliced(1, 1)) } }),
    ],
    ['1, no bag', 'malformed', () => ({ answer: { certChain: Buffer.from('garbage') } })],
  ])('is refused by rule %s: %s', async (_rule, why, lie) => {
    const { found, reasons } = await resolve(await lie());
    expect(found).toEqual([]);
    expect(new Set(reasons)).toEqual(new Set([`certificate chain: ${why}`]));
  });

  test('is refused without its chain, for then the key would have to be that of the name', async () => {
    const { found, reasons } = await resolve({ answer: { certChain: undefined } });
    expect(found).toEqual([]);
    expect(new Set(reasons)).toEqual(new Set(['CPA: authority not of its key']));
  });

  test('tells in the trace alone what varies with what arrived', async () => {
    const { details } = await resolve({ answer: { certChain: pack([]) } });
    expect(details).toContain('certificates at offset 0: 0 certificates, not 1 to 25');
  });
});

import { describe, expect, test } from 'vitest';
import { createPlatform } from 'winpeer';
import { sourceFor } from '#fallback/pnrp/address-policy';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { byteStringFromHex } from '#fallback/wire/byte-string';
import { packAddress } from '#fallback/wire/ipv6';
import type { NetworkInterface } from '#lib/backend/contract/host';
import { ScriptedPeer } from '../pnrp/scripted-peer.js';
import { CLOUD } from './cloud.js';

function link(name: string, index: number, ...addresses: string[]): NetworkInterface {
  return { name, index, addresses, loopback: false };
}

/** Types of the messages that came, each with the address that it came from. */
type Heard = (readonly [string, string])[];

async function listener(net: VirtualNetwork, address: string): Promise<{ peer: ScriptedPeer; heard: Heard }> {
  const heard: Heard = [];
  const hear = ({ type }: { readonly type: string }, { address: from }: { readonly address: string }): void => {
    heard.push([type, from]);
  };
  const script = { SOLICIT: hear, ADVERTISE: hear, AUTHORITY: hear, ACK: hear, INQUIRE: hear };
  return { peer: await ScriptedPeer.start(net.host({ interfaces: [link('eth0', 2, address)] }), script), heard };
}

describe('a machine with several addresses', () => {
  test('answers from the one that was asked, and asks from the nearest', async () => {
    const net = new VirtualNetwork({ seed: 81 });
    const [first, asked, near] = ['2001:db8:a::1', '2001:db8:b::1', '2001:db8:c::1'] as const;
    const host = net.host({ interfaces: [link('eth0', 2, first, asked), link('wlan0', 3, near)] });
    const node = createPlatform({ backend: 'fallback', host });
    const registration = await node.pnrp.register('0.name', { ...CLOUD, port: 1 });
    const { peer, heard } = await listener(net, '2001:db8:c::99');
    const to = { address: asked, port: 3540 };
    const validatePnrpId = byteStringFromHex(registration.clouds[0]?.pnrpId as string);
    peer.send({ type: 'SOLICIT', messageId: 1, hashedNonce: new Uint8Array(20) }, to);
    const wanted = { cpa: true, extendedPayload: false, certChain: false, lowBits: 0, nonce: new Uint8Array(16) };
    peer.send({ type: 'INQUIRE', messageId: 2, validatePnrpId, ...wanted }, to);
    const routeEntry = peer.routeEntry('\x55'.repeat(32));
    peer.send({ type: 'FLOOD', messageId: 3, doNotAck: false, validatePnrpId, routeEntry, alreadyFloodedList: [] }, to);
    await net.time.advance(1000);
    expect(new Map(heard)).toEqual(
      new Map([
        ['ADVERTISE', asked],
        ['AUTHORITY', asked],
        ['ACK', asked],
        ['INQUIRE', near],
      ]),
    );
    await node.close({ abrupt: true });
  });

  test('is a node like others to those that hear from any of them', async () => {
    const net = new VirtualNetwork({ seed: 82 });
    // Every other one has no unique local address, and is asked from another one than the first.
    const platforms = ['a', 'b', 'c', 'd', 'e', 'f'].map((it, n) => {
      const local = n % 2 === 0 ? [`fd00::${it}`] : [];
      const interfaces = [
        link('eth0', 2, ...local, `2001:db8:${it}::1`, `fe80::${it}`),
        link('eth1', 3, `2001:db8:a${it}::1`),
      ];
      return createPlatform({ backend: 'fallback', host: net.host({ interfaces }) });
    });
    for (const [n, { pnrp }] of platforms.entries()) await pnrp.register(`0.name-${n}`, { ...CLOUD, port: n + 1 });
    await net.time.advance(60_000);
    for (const { pnrp } of platforms) {
      const found = await Promise.all(
        platforms.map((_, n) => pnrp.resolve(`0.name-${n}`, { ...CLOUD, criteria: 'any-peer-name' })),
      );
      expect(found.map(({ endpoints }) => endpoints[0]?.addresses[0]?.port)).toEqual([1, 2, 3, 4, 5, 6]);
    }
    await Promise.all(platforms.map((platform) => platform.close({ abrupt: true })));
  });

  test.each([
    ['2001:db8:b::9', ['2001:db8:a::1', '2001:db8:b::1'], 1],
    ['2001:db8:cccc::1', ['fd00::1', '2001:db8:b::1'], 1],
    ['fd12::1', ['2001:db8::1', 'fc00::1', 'fd00::1'], 2],
    // 6to4 and Teredo addresses reach their like, though others have more bits in common with the destination.
    ['2001:db8::9', ['2001::1', '2001:f00::1'], 1],
    ['2001::9', ['2001:f00::1', '2001:0:ffff::1'], 1],
    ['2002::9', ['2003::1', '2002:ffff::1'], 1],
    // Which host of a subnet it is says nothing about the way there.
    ['2001:db8::9', ['2001:db8::1', '2001:db8::8'], 0],
  ])('RFC 6724: to %s of %j', (to, own, index) => {
    const endpoints = own.map((address) => ({ address: packAddress(address), port: 3540 }));
    expect(sourceFor(packAddress(to), endpoints)).toBe(index);
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { DiscoveryClient, type DiscoveryFinding } from '#fallback/distribution/discovery/client';
import { FORMS } from '#fallback/distribution/discovery/names';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { type NetworkOptions, VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { Readings } from '#fallback/wire/readings';
import type { ProbeMatches, TargetService } from '#fallback/ws-discovery/messages';
import {
  ALL_IPV4,
  ALL_IPV6,
  COMPLETE,
  dropped,
  hexOf,
  IPV4,
  idOf,
  machine,
  peer,
  probe,
  probeMessage,
  Stranger,
  sent,
} from './link.ts';

describe('hostile neighbours of content discovery', () => {
  let net: VirtualNetwork;
  let a: VirtualHost;
  let b: VirtualHost;
  const make = (options: NetworkOptions = {}): void => {
    net = new VirtualNetwork({ seed: 12, latency: { min: 1, max: 2 }, ...options });
    a = net.host();
    b = net.host();
  };
  beforeEach(() => make());

  const total = (counters: Record<string, number>): number => Object.values(counters).reduce((sum, it) => sum + it, 0);

  describe('a responder', () => {
    test('answers nobody beyond its subnets', async () => {
      const near = machine(net, ['192.0.2.7']);
      const responder = await peer(near, { listening: IPV4 });
      const far = await Stranger.on(machine(net, ['198.51.100.9']), 'eth0', 0);
      far.say(probeMessage(1, [idOf(1)], 'urn:uuid:1'), ALL_IPV4);
      far.say(probeMessage(1, [idOf(1)], 'urn:uuid:2'), { address: '192.0.2.7', port: 3702 });
      await net.time.advance(1000);
      expect([far.heard, sent(responder), dropped(responder)]).toEqual([[], {}, { 'not from the link': 2 }]);
    });

    test('counts nonsense, and passes over what others discover', async () => {
      const responder = await peer(b);
      const stranger = await Stranger.on(a, 'eth0', 0);
      const say = (what: Parameters<Stranger['say']>[0]): void => stranger.say(what, ALL_IPV6);
      say(new Uint8Array(40_000));
      say('<x/>');
      say(`<!DOCTYPE x>${'<'.repeat(100)}`);
      say({ ...probeMessage(1, [idOf(1)], 'urn:uuid:1'), scopes: { text: 'AB' } });
      say({ ...probeMessage(1, [idOf(1)], 'urn:uuid:2'), types: [{ namespace: 'urn:printers', name: 'P' }] });
      say({ ...probeMessage(1, [idOf(1)], 'urn:uuid:3'), types: [] });
      say(answer('urn:uuid:4', 'urn:uuid:5'));
      await net.time.advance(1000);
      expect([stranger.heard, sent(responder), dropped(responder)]).toEqual([[], {}, { syntax: 3, scopes: 1 }]);
    });

    test('in a flood from one address reads 500 messages a second, and goes on for others', async () => {
      const responder = await peer(b);
      const flood = await Stranger.on(a, 'eth0', 0);
      for (let n = 0; n < 1500; n++) flood.say(probeMessage(1, [idOf(1)], `urn:uuid:${n}`), ALL_IPV6);
      await net.time.advance(5);
      expect(dropped(responder)['too many messages']).toBe(1000);
      expect((await probe(net.host())).findings).toHaveLength(1);
      await net.time.advance(1000);
      expect((await probe(a)).findings).toHaveLength(1);
    });

    test('in a flood from many addresses keeps no more answers than 256, and no more messages than 2,048', async () => {
      const responder = await peer(b);
      const held = (): Record<string, number> => (responder.stats() as { held: Record<string, number> }).held;
      const many = await Promise.all(Array.from({ length: 40 }, () => Stranger.on(net.host(), 'eth0', 0)));
      let most = 0;
      for (let second = 0; second < 2; second++) {
        for (const [host, stranger] of many.entries()) {
          for (let n = 0; n < 50; n++) {
            stranger.say(probeMessage(1, [idOf(1)], `urn:uuid:${second}-${host}-${n}`), ALL_IPV6);
          }
        }
        await net.time.advance(2);
        most = Math.max(most, held().answers ?? 0);
        await net.time.advance(998);
      }
      expect([most, held().messages, held().answers]).toEqual([256, 2048, 0]);
      expect(dropped(responder)['answers full']).toBeGreaterThan(2 * 1700);
    });

    test('a Probe for very many segments is no way to make it say much more than was said', async () => {
      await peer(b, { held: Object.fromEntries(Array.from({ length: 255 }, (_, n) => [hexOf(idOf(n)), COMPLETE])) });
      const stranger = await Stranger.on(a, 'eth0', 0);
      const ids = Array.from({ length: 255 }, (_, n) => idOf(n));
      for (const version of [1, 2] as const) {
        const question = probeMessage(version, ids, `urn:uuid:${version}`);
        stranger.say(question, ALL_IPV6);
        await net.time.advance(100);
        const asked = Buffer.byteLength(question.scopes?.text ?? '') + 700;
        expect(stranger.heard.at(-1)?.text.length).toBeLessThan(1.3 * asked + 600);
      }
      expect(stranger.heard).toHaveLength(2);
    });

    test('whose cache fails is silent, and answers again when it works', async () => {
      let works = false;
      const responder = await peer(b, {
        cache: async () => {
          if (!works) throw new Error('the disk is away');
          return [COMPLETE];
        },
      });
      expect((await probe(a)).findings).toEqual([]);
      expect(responder.stats()).toMatchObject({ errors: 1, held: { answers: 0 } });
      works = true;
      expect((await probe(a)).findings).toHaveLength(1);
    });
  });

  describe('suppression', () => {
    const strangers = async (count: number, blocks: (n: number) => number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        await peer(net.host(), { held: { [hexOf(idOf(1))]: { ...COMPLETE, blocks: blocks(n) } } });
      }
    };
    /** How many of so many Probes a node answers that has looked for the segment itself. */
    const answered = async (version: 1 | 2, probes: number): Promise<number> => {
      const client = new DiscoveryClient({ host: b, readings: new Readings() });
      await probe(b, [idOf(1)], version, client);
      const responder = await peer(b, { client });
      const stranger = await Stranger.on(a, 'eth0', 0);
      for (let n = 0; n < probes; n++) {
        stranger.say(probeMessage(version, [idOf(1)], `urn:uuid:x-${n}`), ALL_IPV6);
        await net.time.advance(100);
      }
      return sent(responder).ProbeMatches ?? 0;
    };

    test.each([1, 2] as const)('nine others don’t silence a node (version %i)', async (version) => {
      await strangers(9, () => 512);
      expect(await answered(version, 20)).toBe(20);
    });

    test.each([1, 2] as const)('ten that have all of it do (version %i)', async (version) => {
      await strangers(10, () => 512);
      expect(await answered(version, 20)).toBe(0);
    });

    test.each([1, 2] as const)(
      'ten of whom one lacks a block make it answer one time in three (version %i)',
      async (version) => {
        await strangers(10, (n) => (n === 0 ? 511 : 512));
        const times = await answered(version, 150);
        expect(times / 150).toBeGreaterThan(0.23);
        expect(times / 150).toBeLessThan(0.43);
      },
    );

    test('counts what the last search heard, of the 256 segments that were searched last', async () => {
      await strangers(10, () => 512);
      const client = new DiscoveryClient({ host: b, readings: new Readings() });
      await probe(b, [idOf(1)], 1, client);
      expect(client.seen.of(hexOf(idOf(1)), 512)).toEqual({ answers: 10, complete: 10 });
      expect(client.seen.of(hexOf(idOf(1)), 513)).toEqual({ answers: 10, complete: 0 });
      await probe(b, [idOf(1)], 1, client);
      expect(client.seen.of(hexOf(idOf(1)), 512).answers).toBe(10);
      client.seen.begin(Array.from({ length: 255 }, (_, n) => `other ${n}`));
      expect(client.seen.of(hexOf(idOf(1)), 512).answers).toBe(10);
      client.seen.begin(['one more']);
      expect(client.seen.of(hexOf(idOf(1)), 512)).toEqual({ answers: 0, complete: 0 });
    });
  });

  describe('a client', () => {
    /** What it finds while somebody answers in another way, or at another place, than it should. */
    async function findingsOf(
      answers: (question: string) => readonly (ProbeMatches | string)[],
      version: 1 | 2 = 1,
    ): Promise<{ findings: DiscoveryFinding[]; dropped: Record<string, number> }> {
      const stranger = await Stranger.on(b);
      const client = new DiscoveryClient({ host: a, readings: new Readings() });
      const listening = probe(a, [idOf(1)], version, client);
      await net.time.advance(10);
      const heard = stranger.heard.find(({ family }) => family === 'IPv4');
      for (const it of answers(heard?.message.messageId ?? '')) stranger.say(it, heard?.from ?? ALL_IPV4);
      return { findings: (await listening).findings, dropped: dropped(client) };
    }

    const HERE = '10.0.0.2:80';

    test.each([
      ['another network', ['198.51.100.1:80', '[2001:db9::1]:80']],
      ['this machine’s loopback', ['127.0.0.1:80', '[::1]:80']],
      ['groups', ['239.255.255.250:80', '[ff02::c]:80', '[::]:80', '0.0.0.0:80']],
      ['mapped addresses', ['[::ffff:10.0.0.2]:80']],
      ['ports of other services', ['10.0.0.2:22', '10.0.0.2:25', '10.0.0.2:0', '10.0.0.2:1023', '10.0.0.2:65536']],
      [
        'what is no address',
        ['host:80', '10.0.0.2', '10.0.0.2:', 'http://10.0.0.2:80', '10.0.0.256:80', '2001:db8::2:80'],
      ],
      ['nowhere', []],
    ])('is not led to %s', async (_, xAddrs) => {
      const result = await findingsOf((question) => [answer('urn:uuid:9', question, { xAddrs })]);
      expect(result).toEqual({ findings: [], dropped: { 'no usable address': 1 } });
    });

    test('takes those of several addresses that are on the link, eight at most', async () => {
      const xAddrs = ['198.51.100.1:80', HERE, '10.9.9.9:8080', '[2001:db8::77]:80', '[fe80::77%12]:80'];
      const { findings } = await findingsOf((question) => [
        answer('urn:uuid:8', question, { xAddrs }),
        answer('urn:uuid:9', question, { xAddrs: Array.from({ length: 30 }, (_, n) => `10.0.0.${n + 1}:80`) }),
      ]);
      expect(findings[0]?.addresses).toEqual([
        { address: '10.0.0.2', port: 80 },
        { address: '10.9.9.9', port: 8080 },
        { address: '2001:db8::77', port: 80 },
        { address: 'fe80::77', port: 80, scope: 'eth0' },
      ]);
      expect(findings[1]?.addresses).toHaveLength(8);
    });

    test.each([
      ['to another question', 'not asked for', (it: ProbeMatches) => ({ ...it, relatesTo: 'urn:uuid:7' })],
      ['of the other version', 'other type', change({ types: [FORMS[2].type] })],
      ['of two types', 'other type', change({ types: [FORMS[1].type, FORMS[2].type] })],
      ['of no match', 'other type', (it: ProbeMatches) => ({ ...it, matches: [] })],
      ['of two matches', 'other type', (it: ProbeMatches) => ({ ...it, matches: [...it.matches, ...it.matches] })],
      ['about another segment', 'no segment that was asked for', change({ scopes: hexOf(idOf(2)) })],
      ['without counts', 'syntax', change({ extensions: [] })],
      ['that is none', 'syntax', () => '<x/>'],
    ])('passes over an answer %s', async (_, reason, damage) => {
      const result = await findingsOf((question) => [damage(answer('urn:uuid:9', question))]);
      expect(result).toEqual({ findings: [], dropped: { [reason]: 1 } });
    });

    test('takes no answer from another network', async () => {
      const near = machine(net, ['192.0.2.7', 'fe80::7']);
      const client = new DiscoveryClient({ host: near, readings: new Readings() });
      const eavesdropper = await Stranger.on(machine(net, ['192.0.2.8', 'fe80::8']));
      const far = await Stranger.on(machine(net, ['198.51.100.9'], 'far'), 'far', 0);
      const listening = probe(near, [idOf(1)], 1, client);
      await net.time.advance(10);
      const { message, from } = eavesdropper.heard.find(({ family }) => family === 'IPv4') ?? {};
      far.say(answer('urn:uuid:9', message?.messageId ?? '', { xAddrs: ['198.51.100.9:80'] }), from ?? ALL_IPV4);
      expect((await listening).findings).toEqual([]);
      expect(dropped(client)).toEqual({ 'not from the link': 1 });
    });

    test('counts an answer that comes twice once, and takes 64 in all', async () => {
      const { findings, dropped: counts } = await findingsOf((question) => [
        ...Array.from({ length: 10 }, () => answer('urn:uuid:same', question, { xAddrs: [HERE] })),
        ...Array.from({ length: 100 }, (_, n) => answer(`urn:uuid:${n}`, question, { xAddrs: [HERE] })),
      ]);
      expect([findings.length, total(counts), counts['too many answers']]).toEqual([64, 37, 37]);
    });

    test('hears nothing after its time', async () => {
      const stranger = await Stranger.on(b);
      const client = new DiscoveryClient({ host: a, readings: new Readings() });
      const keeps = probe(a, [idOf(2)], 1, client);
      const { findings } = await probe(a, [idOf(1)], 1, client);
      await keeps;
      const { message, from } = stranger.heard[0] ?? {};
      stranger.say(answer('urn:uuid:9', message?.messageId ?? ''), from ?? ALL_IPV4);
      await net.time.advance(100);
      expect(findings).toEqual([]);
    });

    test('whose peers say that they have nothing, after all, finds nobody', async () => {
      const none = [{ ...FORMS[1].type, content: [{ ...FORMS[1].type, name: 'BlockCount', content: '00000000' }] }];
      const result = await findingsOf((question) => [answer('urn:uuid:9', question, { extensions: none })]);
      expect(result.findings).toEqual([]);
    });
  });
});

function answer(messageId: string, relatesTo: string, more: Partial<TargetService> = {}): ProbeMatches {
  const match: TargetService = {
    address: 'urn:uuid:1',
    types: [FORMS[1].type],
    scopes: hexOf(idOf(1)),
    xAddrs: ['10.0.0.2:80'],
    metadataVersion: 1,
    extensions: [{ ...FORMS[1].type, content: [{ ...FORMS[1].type, name: 'BlockCount', content: '00000001' }] }],
    ...more,
  };
  return {
    type: 'ProbeMatches',
    messageId,
    relatesTo,
    appSequence: { instanceId: 1, messageNumber: 1 },
    matches: [match],
  };
}

function change(more: Partial<TargetService>): (it: ProbeMatches) => ProbeMatches {
  return (it) => ({ ...it, matches: it.matches.map((match) => ({ ...match, ...more })) });
}

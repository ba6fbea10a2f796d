import { beforeEach, describe, expect, test } from 'vitest';
import { Bound } from '#fallback/pnrp/bounds';
import { NodeState } from '#fallback/pnrp/node-state';
import type { Authority } from '#fallback/pnrp/resolve-messages';
import type { Endpoint } from '#fallback/routing/entry';
import { ringIdFromBytes } from '#fallback/routing/ring';
import { type ByteString, byteStringFromHex } from '#fallback/wire/byte-string';
import { BareNode, type BoundName, place } from './bare-node.js';

const SOURCE = place(1);
const FRAGMENT = new Uint8Array(1188);

/** What a node holds at ten times the load of each of its bounds. */
describe('PNRP bounds', () => {
  let bare: BareNode;
  beforeEach(() => {
    bare = new BareNode();
  });

  /** Ten times as often as there is room. */
  function flood(bound: BoundName, send: (n: number) => unknown): void {
    for (let n = 0; n < 10 * Bound[bound]; n++) send(n);
  }

  /** One address, at ever new ports. */
  const port = (n: number): Endpoint => ({ ...SOURCE, port: 2000 + n });
  const entryAt = ({ address }: Endpoint) => ({ pnrpId: bare.anyId(), port: 3540, addresses: [address] });
  const floodTo = (to: Endpoint) => ({ to, validate: undefined, routeEntry: entryAt(SOURCE), alreadyFloodedList: [] });
  const distant = (n: number): Endpoint => place(0x10000 + n);

  function inquire(pnrpId: ByteString, from: Endpoint): void {
    const wanted = { cpa: true, extendedPayload: true, certChain: true, lowBits: 0 };
    bare.receive({ type: 'INQUIRE', messageId: 1, validatePnrpId: pnrpId, ...wanted }, from);
  }

  function solicit(messageId: number, from: Endpoint): void {
    bare.receive({ type: 'SOLICIT', messageId, hashedNonce: bare.host.random.bytes(20) }, from);
  }

  /** A part of an answer to an INQUIRE that the node has sent: the last one, where nothing else is said. */
  function answerPart(messageId: number, offset: number, from: Endpoint, other: Partial<Authority> = {}): void {
    const ackedMessageId = bare.of('INQUIRE').at(-1)?.messageId as number;
    const part = { ackedMessageId, size: 0x91e4, offset, fragment: FRAGMENT, ...other };
    bare.receive({ type: 'AUTHORITY', messageId, ...part }, from);
  }

  /** The node asks whether an entry is true; where `answered`, it is. */
  async function take(n: number, { answered }: { readonly answered: boolean }): Promise<void> {
    bare.flood(place(n), entryAt(distant(n)));
    if (answered) answerPart(n, 0, distant(n), { size: 6, fragment: Uint8Array.of(0, 0x40, 0, 6, 0, 0) });
    await settled();
  }

  /** The node asks for entries, and is offered `count`; those that it wants then come. */
  async function converse(count: number): Promise<void> {
    void bare.node.synchronise(SOURCE);
    const solicit = bare.of('SOLICIT').at(-1);
    const pnrpIds = Array.from({ length: count }, () => bare.anyId());
    const { messageId: ackedMessageId, hashedNonce } = solicit as NonNullable<typeof solicit>;
    bare.receive({ type: 'ADVERTISE', messageId: 1, ackedMessageId, pnrpIds, hashedNonce }, SOURCE);
    await settled();
    for (const pnrpId of bare.of('REQUEST').at(-1)?.pnrpIds ?? [])
      bare.flood(SOURCE, { ...entryAt(distant(0)), pnrpId });
    await settled();
  }

  const CASES: Readonly<Record<BoundName, () => unknown>> = {
    PENDING() {
      flood('PENDING', (n) => void bare.node.synchronise(place(n)));
      expect(bare.held.pending).toBe(Bound.PENDING);
      expect(bare.sent).toHaveLength(Bound.PENDING);
    },
    PENDING_PER_DESTINATION() {
      flood('PENDING_PER_DESTINATION', (n) => void bare.node.synchronise(port(n)));
      expect(bare.held.pending).toBe(Bound.PENDING_PER_DESTINATION);
    },
    FLOODS() {
      const state = new NodeState(bare.ports);
      flood('FLOODS', (n) => void state.flood(floodTo(place(n)), () => undefined));
      expect(bare.of('FLOOD')).toHaveLength(Bound.FLOODS);
      state.close();
    },
    FLOODS_PER_DESTINATION() {
      const state = new NodeState(bare.ports);
      flood('FLOODS_PER_DESTINATION', (n) => void state.flood(floodTo(port(n)), () => undefined));
      expect(bare.of('FLOOD')).toHaveLength(Bound.FLOODS_PER_DESTINATION);
      // Whatever the node asks at the same address finds its place.
      const asked = Bound.RESOLVES + Bound.PENDING_ROUTE_ENTRIES;
      const wanted = { cpa: false, certChain: false, extendedPayload: false };
      for (let n = 0; n < asked; n++) void state.inquire({ id: 1n, port: 3540, addresses: [SOURCE.address] }, wanted);
      expect(bare.of('INQUIRE')).toHaveLength(asked);
      state.close();
    },
    async CACHE_LEVEL() {
      for (let n = 0; n < 10 * Bound.CACHE_LEVEL; n++) await take(n, { answered: true });
      // Of 200 places all over the ring about 20 are in the second level, and 2 would be in a third.
      expect(bare.node.cached).toBeGreaterThanOrEqual(Bound.CACHE_LEVEL);
      expect(bare.node.cached).toBeLessThanOrEqual(3 * Bound.CACHE_LEVEL);
    },
    async PENDING_ROUTE_ENTRIES() {
      flood('UNASKED_ROUTE_ENTRIES', (n) => bare.flood(place(n), entryAt(distant(n))));
      for (let n = 0; n < 20; n++) await converse(Bound.REQUESTED_IDS);
      expect(bare.held.routeEntries).toBe(Bound.PENDING_ROUTE_ENTRIES);
    },
    UNASKED_ROUTE_ENTRIES() {
      flood('UNASKED_ROUTE_ENTRIES', (n) => bare.flood(place(n), entryAt(distant(n))));
      expect(bare.held.routeEntries).toBe(Bound.UNASKED_ROUTE_ENTRIES);
      expect(bare.sent).toHaveLength(Bound.UNASKED_ROUTE_ENTRIES);
    },
    UNASKED_PER_ADDRESS() {
      flood('UNASKED_PER_ADDRESS', (n) => bare.flood(port(n), entryAt(distant(n))));
      expect(bare.held.routeEntries).toBe(Bound.UNASKED_PER_ADDRESS);
      bare = new BareNode();
      flood('UNASKED_PER_ADDRESS', (n) => bare.flood(place(n), { ...entryAt(SOURCE), port: 2000 + n }));
      expect(bare.held.routeEntries).toBe(Bound.UNASKED_PER_ADDRESS);
    },
    async CONVERSATIONS() {
      await bare.register('0.name');
      flood('CONVERSATIONS', (n) => solicit(n, place(n)));
      expect(bare.held.conversations).toBe(Bound.CONVERSATIONS);
      expect(bare.of('ADVERTISE').filter((it) => it.pnrpIds.length > 0)).toHaveLength(Bound.CONVERSATIONS);
    },
    async CONVERSATIONS_PER_SOURCE() {
      await bare.register('0.name');
      flood('CONVERSATIONS_PER_SOURCE', (n) => solicit(n, port(n)));
      expect(bare.held.conversations).toBe(Bound.CONVERSATIONS_PER_SOURCE);
    },
    async REASSEMBLIES_PER_REQUEST() {
      await take(0, { answered: false });
      flood('REASSEMBLIES_PER_REQUEST', (n) => answerPart(n, 0, port(n)));
      flood('REASSEMBLIES_PER_REQUEST', (n) => answerPart(1, 0, place(n)));
      expect(bare.held.reassemblies).toBe(Bound.REASSEMBLIES_PER_REQUEST);
      await take(1, { answered: false });
      flood('REASSEMBLIES_PER_REQUEST', (n) => answerPart(n, 0, port(n)));
      expect(bare.held.reassemblies).toBe(2 * Bound.REASSEMBLIES_PER_REQUEST);
    },
    async REASSEMBLY_BYTES() {
      // The most that others can make the node ask, each answered twice, as long as an answer can be, but for its end.
      for (let n = 0; n < Bound.UNASKED_ROUTE_ENTRIES; n++) await take(n, { answered: false });
      const asked = bare.of('INQUIRE').map(({ messageId }) => messageId);
      expect(asked).toHaveLength(Bound.UNASKED_ROUTE_ENTRIES);
      for (let n = 0; n * FRAGMENT.length < 10 * Bound.REASSEMBLY_BYTES; n++) {
        const buffer = n % (Bound.REASSEMBLIES_PER_REQUEST * asked.length);
        const offset = Math.floor(n / (Bound.REASSEMBLIES_PER_REQUEST * asked.length)) % 31;
        answerPart(buffer, offset * FRAGMENT.length, SOURCE, {
          ackedMessageId: asked[buffer % asked.length] as number,
        });
      }
      expect(bare.held.reassemblyBytes).toBeLessThanOrEqual(Bound.REASSEMBLY_BYTES);
      expect(bare.held.reassemblyBytes).toBeGreaterThan(Bound.REASSEMBLY_BYTES - FRAGMENT.length);
    },
    async REQUESTED_IDS() {
      await converse(10 * Bound.REQUESTED_IDS);
      expect(bare.of('REQUEST').map((it) => it.pnrpIds.length)).toEqual([Bound.REQUESTED_IDS]);
    },
    async UNDER_WORK() {
      const { pnrpId } = await bare.register('0.name');
      flood('UNDER_WORK', (n) => inquire(byteStringFromHex(pnrpId), place(n)));
      expect(bare.held.underWork).toBe(Bound.UNDER_WORK);
    },
    async UNDER_WORK_PER_SOURCE() {
      const { pnrpId } = await bare.register('0.name');
      flood('UNDER_WORK_PER_SOURCE', (n) => inquire(byteStringFromHex(pnrpId), port(n)));
      expect(bare.held.underWork).toBe(Bound.UNDER_WORK_PER_SOURCE);
    },
    async LOCAL_NAMES() {
      const all = Array.from({ length: 10 * Bound.LOCAL_NAMES }, (_, n) => bare.register(`0.name-${n}`));
      const refused = (await Promise.allSettled(all)).filter((it) => it.status === 'rejected');
      expect(refused).toHaveLength(9 * Bound.LOCAL_NAMES);
      expect(refused[0]?.reason).toMatchObject({ code: 'PEER_E_TOO_MUCH_LOAD' });
      expect(bare.node.names).toBe(Bound.LOCAL_NAMES);
    },
    async RESOLVES() {
      await take(0, { answered: true });
      const target = ringIdFromBytes(bare.anyId());
      flood('RESOLVES', () => void bare.node.search({ target, criteria: { kind: 'none' }, reason: 'app-request' }));
      await settled();
      expect(bare.of('LOOKUP')).toHaveLength(Bound.RESOLVES);
    },
  };

  test('each has its case', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(Bound).sort());
  });

  test.each(Object.entries(CASES))('%s', async (_, prove) => {
    await prove();
    bare.node.close();
  });
});

/** What was set off and takes no time has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

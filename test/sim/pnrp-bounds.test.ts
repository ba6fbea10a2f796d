import { beforeEach, describe, expect, test } from 'vitest';
import { Bound } from '#fallback/pnrp/bounds';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import type { Endpoint } from '#fallback/routing/entry';
import { ringIdFromHex } from '#fallback/routing/ring';
import { encode } from '#fallback/wire/codec';
import { BareNode, type BoundName, place } from './bare-node.js';

/** What each bound holds at ten times its load. */
describe('the bounds of a PNRP node', () => {
  let bare: BareNode;
  beforeEach(() => {
    bare = new BareNode();
  });

  const SOURCE = place(1);
  const FLAGS = { leafSet: false, busy: false, notFound: false };
  const times = async (bound: BoundName, task: (n: number) => unknown): Promise<void> => {
    for (let n = 0; n < 10 * Bound[bound]; n++) await task(n);
  };
  const inquire = (id: string, from: Endpoint): void =>
    bare.receive(
      {
        type: 'INQUIRE',
        messageId: 1,
        cpa: true,
        extendedPayload: true,
        certChain: false,
        lowBits: 0,
        validatePnrpId: id,
      },
      from,
    );
  const solicit = (n: number, from: Endpoint): void =>
    bare.receive({ type: 'SOLICIT', messageId: n, hashedNonce: bare.host.random.bytes(20) }, from);
  const elsewhere = (n: number) => ({ pnrpId: bare.anyId(), port: 3540, addresses: [place(0x100000 + n).address] });
  void [message, encode, ringIdFromHex, FLAGS, inquire, solicit, elsewhere, times, SOURCE];

  const CASES: Readonly<Record<BoundName, () => Promise<void>>> = {} as never;

  test('each has its case', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(Bound).sort());
  });

  test.each(Object.entries(CASES))('%s', async (_, prove) => prove());
});
export type Y = PnrpMessage;

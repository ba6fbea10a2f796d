import { beforeEach, describe, expect, test } from 'vitest';
import { BareNode, place } from '../sim/bare-node.js';

/** An AUTHORITY_BUFFER that says nothing but that the ID is there. */
const THERE = Uint8Array.of(0, 0x40, 0, 6, 0, 0);

describe('a node that registers a name', () => {
  let bare: BareNode;
  beforeEach(() => {
    bare = new BareNode();
  });

  test('without an address refuses, also with a hint where the name is to be', async () => {
    bare.endpoints = [];
    for (const hint of [undefined, '2001:db8:7::1']) {
      await expect(bare.register('0.name', hint)).rejects.toMatchObject({
        code: 'PEER_E_CLOUD_IS_DEAD',
        operation: 'PeerPnrpRegister',
      });
    }
    expect(bare.node.names).toBe(0);
  });

  test('has no name when it could not announce it', async () => {
    bare.flood(place(1), { pnrpId: bare.anyId(), port: 3540, addresses: [place(2).address] });
    const asked = bare.of('INQUIRE')[0]?.messageId as number;
    const answer = { type: 'AUTHORITY', messageId: 1, ackedMessageId: asked, size: THERE.length, offset: 0 } as const;
    bare.receive({ ...answer, fragment: THERE }, place(2));
    await new Promise((resolve) => setImmediate(resolve));
    expect(bare.node.cached).toBe(1);
    bare.send = () => {
      throw new Error('no way out');
    };
    await expect(bare.register('0.name')).rejects.toThrow('no way out');
    expect(bare.node.names).toBe(0);
  });
});

// A peer that says it has whatever is asked for, and gives other bytes.
import { randomBytes } from 'node:crypto';
import { createPlatform } from 'winpeer';

const nothing = async () => undefined;
const store = {
  segment: async (id) => ({
    id,
    length: 1 << 25,
    blockSize: 65_536,
    tags: [],
    created: 0n,
    blocks: Array.from({ length: 512 }, (_, i) => i),
  }),
  block: async () => {
    console.log(JSON.stringify({ event: 'lied' }));
    return { cipher: 'aes-128', iv: randomBytes(16), bytes: randomBytes(65_552) };
  },
  addSegment: nothing,
  addBlock: async () => false,
  removeBlock: nothing,
  removeSegment: nothing,
  flush: async () => 0,
  clear: nothing,
  usage: async () => ({ segments: 0, blocks: 0, bytes: 0, limit: 0 }),
  close: nothing,
};
const platform = createPlatform({ backend: 'fallback' });
const { addresses } = await platform.distribution.peerCache({ store });
console.log(JSON.stringify({ event: 'listening', addresses }));

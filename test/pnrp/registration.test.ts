import { expect, test } from 'vitest';
import type { Cloud } from '#fallback/pnrp/cloud';
import { NameRegistration } from '#fallback/pnrp/registration';
import type { Signer } from '#lib/backend/contract/identity';

const faulty = new Error('the key is gone');

test('a cloud in which taking the name back fails is released like the others, and the name is forgotten', async () => {
  const steps: string[] = [];
  /** A cloud with which a name is registered, and what taking it back there comes to. */
  const cloud = (name: string, unregister: () => Promise<void>): Cloud =>
    ({
      joined: async () => 'alone',
      node: { register: async () => ({}), unregister },
      release: () => steps.push(name),
    }) as unknown as Cloud;
  const registration = new NameRegistration({
    peerName: '0.x',
    parts: { authority: '0', classifier: 'x', secure: false },
    p2pId: '0'.repeat(32),
    signer: {} as Signer,
    signerFor: async () => ({}) as Signer,
    ended: () => steps.push('forgotten'),
  });
  const clouds = [
    cloud('faulty', () => Promise.reject(faulty)),
    // It takes longer than the other to fail.
    cloud('well', async () => void (await new Promise(setImmediate))),
  ];
  await registration.start(clouds, { port: 1 });
  await expect(registration.unregister()).rejects.toBe(faulty);
  expect(steps).toEqual(['faulty', 'well', 'forgotten']);
});

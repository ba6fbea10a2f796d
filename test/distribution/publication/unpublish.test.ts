import { expect, test } from 'vitest';
import { network } from 'winpeer/testing';
import { bytes, codeOf, idOf, publish } from '../../conformance/distribution-asking.ts';

test.each([
  ['reading distribution.unknown-content = not-found', 'not-found'],
  ['reading distribution.unknown-content = success', 'success'],
])('what is not published, or not any more: %s', async (_title, candidate) => {
  const platform = network().platform({ readings: { 'distribution.unknown-content': candidate } });
  const unpublish = () => platform.distribution.unpublish(idOf('a'));
  const refused = codeOf('PEER_E_NOT_FOUND', 'PeerDistServerUnpublish');
  const expected = candidate === 'success' ? undefined : refused;
  expect(await unpublish().catch((error: unknown) => error)).toEqual(expected);
  await publish(platform, 'a', bytes('a', 100));
  expect(await unpublish()).toBeUndefined();
  expect(await unpublish().catch((error: unknown) => error)).toEqual(expected);
});

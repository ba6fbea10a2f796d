import { expect, test } from 'vitest';
import type { Backends } from '#lib/backend/contract/backend';
import type { DistributionBackend } from '#lib/backend/contract/distribution';
import { HashedContents } from '#lib/distribution/hashed-contents';
import type { Runtime } from '#lib/runtime';

const AT_ONCE = 1000;

/** Contents that are published without their bytes, and can't be withdrawn. */
async function published(count: number) {
  const withdrawn: string[] = [];
  const distribution: Partial<DistributionBackend> = {
    restorePublication: async () => true,
    async unpublish() {
      withdrawn.push(`fault ${withdrawn.length + 1}`);
      throw new Error(withdrawn.at(-1));
    },
  };
  const runtime: Partial<Runtime> = {
    call: (_area, _operation, use) => use(distribution as Backends[never]),
  };
  const contents = new HashedContents(runtime as Runtime, { find: async () => undefined }, { name: 'kept' });
  for (let at = 0; at < count; at++) {
    contents.find({ path: `/${at}`, etag: '"1"', length: 1, lastModified: undefined });
    if (at % AT_ONCE === 0) await contents.settled();
  }
  await contents.settled();
  return { contents, withdrawn };
}

test('a content that can’t be withdrawn leaves the others as they are', async () => {
  const { withdrawn } = await published(10_001);
  expect(withdrawn).toEqual(['fault 1']);
});

test('closing withdraws all of them, and says what failed first', async () => {
  const { contents, withdrawn } = await published(3);
  await expect(contents.close()).rejects.toThrow('fault 1');
  expect(withdrawn.length).toBe(3);
});

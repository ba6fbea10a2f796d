import { describe, expect, test } from 'vitest';
import type { ContentHasher, ContentHashes } from '#fallback/distribution/content-information/index';
import { Publishing } from '#fallback/distribution/publication/publishing';

/** A publication whose hasher takes its time. */
function scene(length = 0n) {
  const ends: (() => void)[] = [];
  const slowly = () => new Promise<void>((resolve) => ends.push(resolve));
  const added: Uint8Array[] = [];
  const completed: (readonly ContentHashes[])[] = [];
  const hasher = {
    add: (bytes: Uint8Array) => slowly().then(() => void added.push(bytes)),
    end: () => slowly().then(() => [] as readonly ContentHashes[]),
  };
  let closed = 0;
  const publishing = new Publishing({
    length,
    hasher: hasher as unknown as ContentHasher,
    complete: async (hashes) => void completed.push(hashes),
    closed: () => {
      closed += 1;
    },
  });
  return { publishing, ends, added, completed, closed: () => closed };
}

const bytes = Uint8Array.of(1, 2, 3);
const coded = (code: string) => expect.objectContaining({ code });

describe('a publication', () => {
  test('takes one call at a time', async () => {
    const { publishing, ends, added } = scene();
    const first = publishing.add(bytes);
    await expect(publishing.add(bytes)).rejects.toEqual(coded('ERROR_INVALID_PARAMETER'));
    await expect(publishing.complete()).rejects.toEqual(coded('ERROR_INVALID_PARAMETER'));
    ends.pop()?.();
    await first;
    expect(added).toEqual([bytes]);
  });

  test('is of no use after a call was cut off, since nobody knows which bytes were taken', async () => {
    const { publishing, ends, completed, closed } = scene();
    const adding = publishing.add(bytes, { operation: 7 });
    const refused = expect(adding).rejects.toEqual(coded('ERROR_OPERATION_ABORTED'));
    expect(await publishing.operations.cancel(8)).toBe(false);
    expect(await publishing.operations.cancel(7)).toBe(true);
    await refused;
    ends.pop()?.();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(publishing.add(bytes)).rejects.toEqual(coded('ERROR_INVALID_HANDLE'));
    await expect(publishing.complete()).rejects.toEqual(coded('ERROR_INVALID_HANDLE'));
    await publishing.close();
    expect([completed, closed()]).toEqual([[], 1]);
  });

  test('that closes waits for what is being hashed', async () => {
    const { publishing, ends } = scene();
    const adding = expect(publishing.add(bytes)).rejects.toEqual(coded('ERROR_OPERATION_ABORTED'));
    let closed = false;
    const closing = publishing.close().then(() => {
      closed = true;
    });
    await adding;
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    ends.pop()?.();
    await closing;
  });

  test('can be completed once its bytes come to its length', async () => {
    const { publishing, ends, completed } = scene(3n);
    const adding = publishing.add(bytes);
    ends.pop()?.();
    await adding;
    const completing = publishing.complete();
    ends.pop()?.();
    await completing;
    expect(completed.length).toBe(1);
    await expect(publishing.complete()).rejects.toEqual(coded('PEERDIST_ERROR_ALREADY_COMPLETED'));
  });
});

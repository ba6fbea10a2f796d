import { expect, test } from 'vitest';
import { Operations } from '#fallback/distribution/operations';

const never = () => new Promise<never>(() => undefined);
const aborted = expect.objectContaining({ code: 'ERROR_OPERATION_ABORTED', operation: 'Call' });

test('a call is cancelled by its number, and has told its caller by then', async () => {
  const operations = new Operations();
  const told: string[] = [];
  let seen: AbortSignal | undefined;
  const one = operations.run('Call', { operation: 1 }, (signal) => {
    seen = signal;
    return never();
  });
  one.catch(() => told.push('one'));
  const two = operations.run('Call', { operation: 2 }, async () => 'done');
  expect(await operations.cancel(1)).toBe(true);
  expect([told, seen?.aborted]).toEqual([['one'], true]);
  await expect(one).rejects.toEqual(aborted);
  expect(await two).toBe('done');
  expect([await operations.cancel(1), await operations.cancel(2)]).toEqual([false, false]);
});

test('all of them are cancelled, those without a number too', async () => {
  const operations = new Operations();
  const calls = [operations.run('Call', {}, never), operations.run('Call', { operation: 5 }, never)];
  const refused = Promise.all(calls.map((it) => expect(it).rejects.toEqual(aborted)));
  expect(await operations.cancelAll()).toBe(true);
  await refused;
  expect(await operations.cancelAll()).toBe(false);
});

test('a number is of one call, until that has ended', async () => {
  const operations = new Operations();
  const first = operations.run('Call', { operation: 1 }, async () => undefined);
  await expect(operations.run('Call', { operation: 1 }, never)).rejects.toEqual(
    expect.objectContaining({ code: 'ERROR_INVALID_PARAMETER' }),
  );
  await first;
  await operations.run('Call', { operation: 1 }, async () => undefined);
});

import { beforeAll, describe, expect, test } from 'vitest';

test('a failure', () => expect(1).toBe(2));

describe('a hook that fails', () => {
  beforeAll(() => {
    throw new Error('on purpose');
  });
  test('never runs', () => expect(1).toBe(1));
});

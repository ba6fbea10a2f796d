import { expect, test } from 'vitest';
import { suite } from '../../needs.ts';

suite('a suite with a need', ['tshark'], () => {
  test('one', () => expect(1).toBe(1));
  test('two', () => expect(2).toBe(2));
});

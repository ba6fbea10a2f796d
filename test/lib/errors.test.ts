import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isPeerError, PeerError } from 'winpeer';
import { invalidArgType, winpeerError } from '#lib/errors';
import { CODES } from '#lib/errors/codes';

interface Entry {
  readonly code?: string | null;
}
const inventory = JSON.parse(readFileSync('data/inventory.json', 'utf8')) as { errors: Record<string, Entry> };
const numbered = Object.entries(inventory.errors).flatMap(([symbol, { code }]) =>
  code ? [[symbol, Number(code)] as const] : [],
);

describe('the table of codes', () => {
  test('has every code of the inventory that has a number, with that number', () => {
    expect(numbered.length).toBeGreaterThan(150);
    expect(CODES).toEqual(Object.fromEntries(numbered));
  });

  test.each(numbered)('%s is the same error from its symbol and from its number', (symbol, number) => {
    const named = new PeerError(symbol as keyof typeof CODES, 'PeerX', 'it failed');
    const numeric = new PeerError(number, 'PeerX', 'it failed');
    expect(numeric.hresult).toBe(named.hresult);
    expect(named.hresult).toBe(number > 0 && number <= 0xffff ? 0x80070000 + number : number);
    expect(named.code).toBe(symbol);
    // Where two symbols share a number, either names it.
    expect(CODES[numeric.code as keyof typeof CODES] & 0xffff).toBe(number & 0xffff);
  });
});

describe('PeerError', () => {
  test('tells symbol, HRESULT and operation, and prints all three', () => {
    const error = new PeerError('PEER_E_NOT_FOUND', 'PeerIdentityDelete', 'there is no such identity');
    expect(error).toBeInstanceOf(Error);
    expect({ ...error }).toMatchObject({ code: 'PEER_E_NOT_FOUND', operation: 'PeerIdentityDelete' });
    expect(error.hresult).toBe(CODES.PEER_E_NOT_FOUND);
    expect(error.win32).toBe(0x490);
    expect(String(error)).toBe(
      'PeerError: PeerIdentityDelete: there is no such identity (PEER_E_NOT_FOUND 0x80070490)',
    );
  });

  test('of the peer facility has no Win32 number, and stays unsigned', () => {
    const error = new PeerError(CODES.PEER_E_NO_KEY_ACCESS | 0, 'PeerX', 'locked');
    expect(error.code).toBe('PEER_E_NO_KEY_ACCESS');
    expect(error.hresult).toBe(CODES.PEER_E_NO_KEY_ACCESS);
    expect(error.win32).toBeUndefined();
  });

  test('takes a raw Win32 number where an HRESULT is documented', () => {
    const raw = new PeerError(0xfda, 'PeerDistServerPublishStream', 'again');
    expect(raw).toMatchObject({ code: 'PEERDIST_ERROR_ALREADY_EXISTS', hresult: 0x80070fda, win32: 0xfda });
    const wrapped = new PeerError(0x80070fda, 'PeerDistServerPublishStream', 'again');
    expect(wrapped).toMatchObject({ code: 'PEERDIST_ERROR_ALREADY_EXISTS', hresult: 0x80070fda, win32: 0xfda });
  });

  test.each([
    [0xfffe, '0x8007fffe', 0x8007fffe, 0xfffe],
    [0x8063ffff, '0x8063ffff', 0x8063ffff, undefined],
    [-1, '0xffffffff', 0xffffffff, undefined],
  ])('of the unknown number %i is %s', (number, code, hresult, win32) => {
    const error = new PeerError(number, 'PeerX', 'it failed');
    expect(error).toMatchObject({ code, hresult, message: `PeerX: it failed (${code})` });
    expect(error.win32).toBe(win32);
  });

  test('keeps its cause', () => {
    const cause = new Error('EACCES');
    expect(new PeerError('PEER_E_NO_KEY_ACCESS', 'PeerX', 'locked', { cause }).cause).toBe(cause);
  });

  test('isPeerError knows the class and the code', () => {
    const error = new PeerError('E_INVALIDARG', 'PeerX', 'no');
    expect([isPeerError(error), isPeerError(error, 'E_INVALIDARG'), isPeerError(error, 'E_NOTIMPL')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isPeerError(Object.assign(new Error(), { code: 'E_INVALIDARG' }))).toBe(false);
  });
});

describe('errors of winpeer itself', () => {
  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'number 5'],
    ['text', '"text"'],
    ['x'.repeat(41), `"${'x'.repeat(40)}..."`],
    [new Map(), 'an instance of Map'],
    [Object.create(null), 'an instance of Object'],
    [Symbol('s'), 'symbol Symbol(s)'],
  ])('invalidArgType says what came: %s', (value, described) => {
    const error = invalidArgType('port', 'a number', value);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: `port must be a number, not ${described}`,
    });
  });

  test('winpeerError has a code', () => {
    expect(winpeerError('ERR_EVENT_OVERFLOW', 'too many')).toMatchObject({
      code: 'ERR_EVENT_OVERFLOW',
      message: 'too many',
    });
  });
});

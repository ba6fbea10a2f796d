import { describe, expect, test } from 'vitest';
import { createNames } from '#fallback/names/index';
import { Readings } from '#fallback/wire/readings';
import type { NameCalls } from '#lib/backend/native/addon';
import { createNativeNames } from '#lib/backend/native/names';
import { windowsError } from './mock-addon.ts';

const text = createNames(new Readings());

/** Names over an addon that answers so, and what it was asked. */
function nativeOf(answer: string | Error) {
  const calls: unknown[][] = [];
  const ask =
    (name: keyof NameCalls) =>
    (...given: unknown[]): string => {
      calls.push([name, ...given]);
      if (answer instanceof Error) throw answer;
      return answer;
    };
  const addon: NameCalls = {
    PeerCreatePeerName: ask('PeerCreatePeerName'),
    PeerNameToPeerHostName: ask('PeerNameToPeerHostName'),
    PeerHostNameToPeerName: ask('PeerHostNameToPeerName'),
  };
  return { names: createNativeNames(addon, text), calls };
}

describe('native names', () => {
  test('are what Windows makes of them, at once', () => {
    const { names, calls } = nativeOf('of Windows');
    expect([names.create('a', null), names.toHostName('0.x'), names.fromHostName('y')]).toEqual(
      Array(3).fill('of Windows'),
    );
    expect(calls).toEqual([
      ['PeerCreatePeerName', 'a', null],
      ['PeerNameToPeerHostName', '0.x'],
      ['PeerHostNameToPeerName', 'y'],
    ]);
  });

  test('are taken apart without it', () => {
    const { names, calls } = nativeOf('of Windows');
    expect(names.parse('0.x')).toEqual(text.parse('0.x'));
    expect(names.p2pId('0.x')).toBe(text.p2pId('0.x'));
    expect(calls).toEqual([]);
  });

  test('what Windows refuses is a PeerError', () => {
    const { names } = nativeOf(windowsError('PeerCreatePeerName', 0x80070057));
    expect(() => names.create(null, null)).toThrow(
      expect.objectContaining({ name: 'PeerError', code: 'E_INVALIDARG', operation: 'PeerCreatePeerName' }),
    );
    const fault = new Error('no answer of Windows');
    expect(() => nativeOf(fault).names.toHostName('0.x')).toThrow(fault);
  });

  test('a text with a NUL, and what is no text, never comes to Windows', () => {
    const { names, calls } = nativeOf('of Windows');
    const coded = (code: string) => expect.objectContaining({ code });
    expect(() => names.create('a\0', 'b')).toThrow(coded('PEER_E_INVALID_PEER_NAME'));
    expect(() => names.create('a', 'b\0')).toThrow(coded('PEER_E_INVALID_CLASSIFIER'));
    expect(() => names.toHostName('0.x\0')).toThrow(coded('PEER_E_INVALID_PEER_NAME'));
    expect(() => names.fromHostName('x\0')).toThrow(coded('PEER_E_INVALID_PEER_HOST_NAME'));
    for (const call of [() => names.create(5 as never, null), () => names.toHostName(null as never)]) {
      expect(call).toThrow(coded('ERR_INVALID_ARG_TYPE'));
    }
    expect(calls).toEqual([]);
  });
});

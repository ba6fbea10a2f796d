import { CODES } from './errors/codes.js';

/** Symbols of the Windows API's result codes that have a number, `PEER_E_NOT_FOUND` for instance. */
export type PeerErrorCode = keyof typeof CODES;

/**
 * What Windows would report: the symbol, the HRESULT, and the function that said so.
 * The same on both backends.
 */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  /** The code's symbol; `0x...` for a number that no header names. */
  readonly code: string;
  /** Unsigned 32-bit HRESULT; Win32 and Winsock codes are wrapped (`0x8007xxxx`). */
  readonly hresult: number;
  /** The raw number where the code is a Win32 or Winsock one. */
  readonly win32?: number;
  /** What was being done, the Windows function's name where there is one. */
  readonly operation: string;
  readonly #sentence: string;

  /** `fault` is a symbol, or a number as a system call returned it: some functions return a raw Win32 number where an HRESULT is documented. */
  constructor(fault: PeerErrorCode | number, operation: string, sentence: string, options?: ErrorOptions) {
    const hresult = hresultOf(typeof fault === 'number' ? fault >>> 0 : CODES[fault]);
    const code = typeof fault === 'number' ? (symbolOf(hresult) ?? hex(hresult)) : fault;
    super(`${operation}: ${sentence} (${code === hex(hresult) ? code : `${code} ${hex(hresult)}`})`, options);
    this.code = code;
    this.hresult = hresult;
    if (isWin32(hresult)) this.win32 = hresult & 0xffff;
    this.operation = operation;
    this.#sentence = sentence;
  }

  /** The same fault, as another function of Windows reports it. @internal */
  as(code: PeerErrorCode, operation: string): PeerError {
    return new PeerError(code, operation, this.#sentence, { cause: this });
  }
}

export function isPeerError(error: unknown, code?: PeerErrorCode): error is PeerError {
  return error instanceof PeerError && (code === undefined || error.code === code);
}

/** What a host's store rejects a file with that it can't read: `damaged`, or written by a `newer` release. */
export class StoreFormatError extends Error {
  override readonly name = 'StoreFormatError';
  readonly file: string;
  readonly reason: 'damaged' | 'newer';

  constructor(file: string, reason: 'damaged' | 'newer') {
    super(
      reason === 'newer'
        ? `${file} was written by a newer version of winpeer: update winpeer to use it`
        : `${file} is damaged: restore it from a copy, or move it away to start anew`,
    );
    this.file = file;
    this.reason = reason;
  }
}

/** A wrong JavaScript type. `expected` reads like "a string" or "a number from 1 to 65535". */
export function invalidArgType(name: string, expected: string, value: unknown): TypeError {
  const error = new TypeError(`${name} must be ${expected}, not ${describe(value)}`);
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}

/** The error of a selection that can't be, and of an overflowing event queue: about winpeer, not about Windows. */
export function winpeerError(
  code: 'ERR_BACKEND_UNAVAILABLE' | 'ERR_CONTENT_CHANGED' | 'ERR_EVENT_OVERFLOW',
  message: string,
  options?: ErrorOptions,
): Error {
  return Object.assign(new Error(message, options), { code });
}

function hresultOf(number: number): number {
  return number > 0 && number <= 0xffff ? (0x80070000 | number) >>> 0 : number;
}

function isWin32(hresult: number): boolean {
  return hresult >>> 16 === 0x8007;
}

function symbolOf(hresult: number): string | undefined {
  const entries = Object.entries(CODES);
  const exact = entries.find(([, number]) => number === hresult);
  return (exact ?? entries.find(([, number]) => hresultOf(number) === hresult))?.[0];
}

function hex(hresult: number): string {
  return `0x${hresult.toString(16).padStart(8, '0')}`;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`;
  return `${typeof value} ${String(value)}`;
}

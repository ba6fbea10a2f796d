import { CODES } from '../../errors/codes.js';
import { isPeerError, type PeerErrorCode } from '../../errors.js';
import { windows } from './calls.js';

/** Makes calls of Winsock. Some of its codes are the same number as one of PNRP's, whose name is not meant here. */
export async function winsockCalls<T>(calls: () => Promise<T>): Promise<T> {
  try {
    return await windows(calls);
  } catch (error) {
    if (!isPeerError(error)) throw error;
    const name = nameOf(error.win32);
    throw name === undefined || name === error.code ? error : error.as(name, error.operation);
  }
}

function nameOf(win32: number | undefined): PeerErrorCode | undefined {
  const names = Object.keys(CODES) as PeerErrorCode[];
  return names.find((it) => it.startsWith('WSA') && CODES[it] === win32);
}

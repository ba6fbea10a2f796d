import { win32Calls } from './calls.js';

/** Makes calls of Winsock. Some of its codes are the same number as one of PNRP's. */
export function winsockCalls<T>(calls: () => Promise<T>): Promise<T> {
  return win32Calls(['WSA'], calls);
}

import { isPeerError, PeerError } from '../../errors.js';
import type { Lookup } from '../contract/winsock.js';
import type { QueryResult, WinsockCalls, WinsockLookup } from './addon.js';
import { invalid } from './query-set.js';
import { winsockCalls } from './winsock-errors.js';

/** _WSAIOW(IOC_WS2, 25) */
const SIO_NSP_NOTIFY_CHANGE = 0x8800_0019;
/** WSA_E_NO_MORE, and WSAENOMORE: their page says that there are both. */
const ENDS: readonly (number | undefined)[] = [10_110, 10_102];

export interface LookupParts<Result> {
  readonly addon: WinsockCalls;
  readonly handle: WinsockLookup;
  /** LUP_RETURN_* */
  readonly flags: number;
  readonly read: (result: QueryResult) => Result;
  readonly ended: () => void;
}

/** A lookup of Windows. Its calls wait in the addon, on threads of their own, until they get something or it ends. */
export class NativeLookup<Result> implements Lookup<Result> {
  readonly #parts: LookupParts<Result>;
  #open = true;

  constructor(parts: LookupParts<Result>) {
    this.#parts = parts;
  }

  async next(): Promise<Result | undefined> {
    const { addon, handle, flags, read } = this.#parts;
    try {
      return read(await this.#wait('WSALookupServiceNextW', () => addon.WSALookupServiceNextW(handle, flags)));
    } catch (error) {
      if (isPeerError(error) && ENDS.includes(error.win32)) return undefined;
      throw error;
    }
  }

  notifyChange(): Promise<void> {
    const { addon, handle } = this.#parts;
    return this.#wait('WSANSPIoctl', () => addon.WSANSPIoctl(handle, SIO_NSP_NOTIFY_CHANGE));
  }

  async end(): Promise<void> {
    this.#checkOpen('WSALookupServiceEnd');
    this.#open = false;
    this.#parts.ended();
    await winsockCalls(() => this.#parts.addon.WSALookupServiceEnd(this.#parts.handle));
  }

  async #wait<T>(operation: string, call: () => Promise<T>): Promise<T> {
    this.#checkOpen(operation);
    try {
      return await winsockCalls(call);
    } catch (cause) {
      // Whatever Windows says of it: there are several codes that an ended call may have.
      if (this.#open || !isPeerError(cause)) throw cause;
      throw new PeerError('WSA_E_CANCELLED', operation, 'the lookup ended meanwhile', { cause });
    }
  }

  #checkOpen(operation: string): void {
    if (!this.#open) throw invalid(operation, 'the lookup has ended');
  }
}

import { isPeerError, PeerError, type PeerErrorCode } from '../../lib/errors.js';

/** The functions of the name space. */
export type WinsockOperation =
  | 'WSASetServiceW'
  | 'WSALookupServiceBeginW'
  | 'WSALookupServiceNextW'
  | 'WSALookupServiceEnd'
  | 'WSANSPIoctl';

/** What PNRP says, as its Winsock provider does. An address that is lost is the network that is lost. */
const CODES: Readonly<Partial<Record<string, PeerErrorCode>>> = {
  E_INVALIDARG: 'WSAEINVAL',
  PEER_E_INVALID_PEER_NAME: 'WSAEINVAL',
  PEER_E_CLOUD_NOT_FOUND: 'WSA_PNRP_CLOUD_NOT_FOUND',
  PEER_E_CLOUD_IS_DEAD: 'WSAENETUNREACH',
  PEER_E_IDENTITY_NOT_FOUND: 'WSA_PNRP_INVALID_IDENTITY',
  PEER_E_INVALID_IDENTITY: 'WSA_PNRP_INVALID_IDENTITY',
  PEER_E_NO_KEY_ACCESS: 'WSA_PNRP_INVALID_IDENTITY',
  PEER_E_TOO_MUCH_LOAD: 'WSA_PNRP_TOO_MUCH_LOAD',
  // Not in the list of documented codes, but the same number under its Winsock name.
  PEER_E_DUPLICATE_PEER_NAME: 'WSA_PNRP_DUPLICATE_PEER_NAME',
};

/** Runs a call on PNRP, and reports its faults as Winsock would. */
export async function reporting<T>(operation: WinsockOperation, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const code = isPeerError(error) ? CODES[error.code] : undefined;
    throw code === undefined ? error : (error as PeerError).as(code, operation);
  }
}

export function invalid(operation: WinsockOperation, why: string): PeerError {
  return new PeerError('WSAEINVAL', operation, why);
}

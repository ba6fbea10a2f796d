import type { HttpRemote } from '../../../lib/backend/contract/http.js';

/** Who may have blocks. */
export interface BlockServer {
  readonly kind: 'peer' | 'hosted-cache';
  readonly remote: HttpRemote;
}

/** What tells servers apart. */
export function serverKey({ remote: { address, port, scope } }: BlockServer): string {
  return `[${address}${scope === undefined ? '' : `%${scope}`}]:${port}`;
}

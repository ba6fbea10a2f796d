import { createHmac } from 'node:crypto';

/** Of the messages below, and of the claims. */
export const PROTOCOL = 1;

/**
 * A client says hello with a challenge; the keeper answers it, then calls are answered in any order. Whoever waits for
 * an answer pings.
 */
export type FromClient =
  | readonly ['hello', protocol: number, version: number, challenge: Uint8Array]
  | readonly ['call', id: number, method: string, args: readonly unknown[]]
  | readonly ['ping'];

export type FromKeeper =
  | readonly ['welcome', proof: Uint8Array]
  | readonly ['result', id: number, value: unknown]
  | readonly ['error', id: number, error: unknown]
  | readonly ['event', event: unknown]
  | readonly ['pong'];

/** That a keeper made its claim: on Windows anybody can make a pipe of a name that a keeper left. */
export function proof(secret: Uint8Array, challenge: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(challenge).digest();
}

export function isFromClient(message: unknown): message is FromClient {
  if (!Array.isArray(message)) return false;
  const [kind, first, second, third] = message as unknown[];
  if (kind === 'hello') return isNumber(first) && isNumber(second) && third instanceof Uint8Array;
  if (kind === 'call') return isNumber(first) && typeof second === 'string' && Array.isArray(third);
  return kind === 'ping';
}

export function isFromKeeper(message: unknown): message is FromKeeper {
  if (!Array.isArray(message)) return false;
  const [kind, first] = message as unknown[];
  if (kind === 'welcome') return first instanceof Uint8Array;
  if (kind === 'result' || kind === 'error') return isNumber(first);
  return kind === 'event' || kind === 'pong';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

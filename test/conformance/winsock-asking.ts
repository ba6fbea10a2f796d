import { expect } from 'vitest';
import type { Platform } from 'winpeer';
import type { Lookup, NameQuery, NameResult } from 'winpeer/winsock';

export const at = (port: number, address = '2001:db8::1') => [{ address, port }];

export const codeOf = (code: string, operation: string) =>
  expect.objectContaining({ name: 'PeerError', code, operation, win32: expect.any(Number) });

/** What a lookup gives up to its end. */
export async function all<Result>(lookup: Lookup<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let next = await lookup.next(); next !== undefined; next = await lookup.next()) results.push(next);
  return results;
}

export async function find(platform: Platform, query: NameQuery): Promise<NameResult[]> {
  const lookup = await platform.winsock.lookupName(query);
  const results = await all(lookup);
  await lookup.end();
  return results;
}

export async function portsOf(platform: Platform, query: NameQuery): Promise<(number | undefined)[]> {
  return (await find(platform, query)).map((it) => it.addresses[0]?.port);
}

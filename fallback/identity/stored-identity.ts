/*
 * What an identity is in the home: one entry `identity/<peer name>`, whose value is JSON,
 *
 *   { "version": 1, "friendlyName", "created": FILETIME as decimal text,
 *     "certificate": the IDC, DER in Base64, "privateKey": PKCS#8 DER in Base64 }
 *
 * and the entry `default` with the peer name of the user's default identity.
 */
const VERSION = 1;
const PREFIX = 'identity/';
export const DEFAULT_KEY = 'default';

export interface StoredIdentity {
  readonly peerName: string;
  readonly friendlyName: string;
  /** FILETIME. */
  readonly created: bigint;
  /** DER. */
  readonly certificate: Uint8Array;
  /** PKCS#8, DER. */
  readonly privateKey: Uint8Array;
}

export type Entries = ReadonlyMap<string, Uint8Array>;

export function keyOf(peerName: string): string {
  return PREFIX + peerName;
}

export function encodeIdentity(identity: StoredIdentity): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      version: VERSION,
      friendlyName: identity.friendlyName,
      created: String(identity.created),
      certificate: Buffer.from(identity.certificate).toString('base64'),
      privateKey: Buffer.from(identity.privateKey).toString('base64'),
    }),
  );
}

/** Why an entry can't be used instead of the identity, so that one bad entry leaves the others usable. */
export function decodeIdentity(peerName: string, value: Uint8Array): StoredIdentity | 'damaged' | 'newer' {
  const fields = readJson(value);
  if (typeof fields.version === 'number' && fields.version > VERSION) return 'newer';
  const { friendlyName, created, certificate, privateKey } = fields;
  if (fields.version !== VERSION || typeof friendlyName !== 'string') return 'damaged';
  if (typeof created !== 'string' || !/^\d{1,19}$/.test(created)) return 'damaged';
  if (typeof certificate !== 'string' || typeof privateKey !== 'string') return 'damaged';
  return {
    peerName,
    friendlyName,
    created: BigInt(created),
    certificate: Buffer.from(certificate, 'base64'),
    privateKey: Buffer.from(privateKey, 'base64'),
  };
}

/** Peer names of all entries, the unusable ones too. */
export function storedNames(entries: Entries): string[] {
  return [...entries.keys()].filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
}

/** By peer name. */
export function usableIdentities(entries: Entries): StoredIdentity[] {
  return storedNames(entries)
    .sort()
    .map((name) => decodeIdentity(name, entries.get(keyOf(name)) ?? new Uint8Array()))
    .filter((identity) => typeof identity === 'object');
}

/** The recorded default while it exists, else the identity that came into being first. */
export function defaultIdentity(entries: Entries): string | undefined {
  const recorded = Buffer.from(entries.get(DEFAULT_KEY) ?? new Uint8Array()).toString();
  if (entries.has(keyOf(recorded))) return recorded;
  const usable = usableIdentities(entries);
  return usable.reduce<StoredIdentity | undefined>(
    (first, each) => (first === undefined || each.created < first.created ? each : first),
    undefined,
  )?.peerName;
}

function readJson(value: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(Buffer.from(value).toString());
    return typeof fields === 'object' && fields !== null ? { ...fields } : {};
  } catch {
    return {};
  }
}

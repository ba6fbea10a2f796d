/** The `peerdist` content coding of HTTP: who offers what, and what is answered. [MS-PCCRTP] 2.2, 3.1, 3.2 */

/** Headers as node:http and undici give them: lower-case names, several lines of one name joined or as a list. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Major and minor number: 1.23 is newer than 1.3. */
type Version = readonly [number, number];

/** What an offer allows: content information of these versions, answered as to a client of that version. */
export interface Offer {
  readonly client: '1.0' | '1.1';
  readonly minVersion: 1 | 2;
  readonly maxVersion: 1 | 2;
}

/** The headers by which a client offers the coding. [MS-PCCRTP] 3.1.4 */
export const OFFER = Object.freeze({
  'x-p2p-peerdist': 'Version=1.1',
  'x-p2p-peerdistex': 'MinContentInformation=1.0, MaxContentInformation=2.0',
});
/** Asks again for what was answered with `MakeHashRequest`. [MS-PCCRTP] 3.1.5.1 */
export const HASH_REQUEST = Object.freeze({
  ...OFFER,
  'x-p2p-peerdistex': `${OFFER['x-p2p-peerdistex']}, HashRequest=true`,
});
/** Asks for what no peer had; `peerdist` must be absent from its Accept-Encoding. [MS-PCCRTP] 2.2 */
export const MISSING_DATA_REQUEST = Object.freeze({
  ...OFFER,
  'x-p2p-peerdist': `${OFFER['x-p2p-peerdist']}, MissingDataRequest=true`,
});
/** To a client of 1.1 whose content information is not ready. [MS-PCCRTP] 3.2.5.1 */
export const MAKE_HASH_REQUEST = Object.freeze({
  'x-p2p-peerdist': 'Version=1.1',
  'x-p2p-peerdistex': 'MakeHashRequest=true',
});

/** With the content information of an entity (or range of it) of `length` bytes. [MS-PCCRTP] 3.2.5.1 */
export function contentInformationHeaders({ client }: Offer, length: number): Record<string, string> {
  return { 'content-encoding': 'peerdist', 'x-p2p-peerdist': `Version=${client}, ContentLength=${length}` };
}

/** Undefined where the answer must be as if there were no such coding. [MS-PCCRTP] 3.2 */
export function readOffer(headers: Headers, options: { readonly withoutVersion: 'plain' | '1.0' }): Offer | undefined {
  const extension = parameters(headers['x-p2p-peerdistex']);
  if (!accepts(headers['accept-encoding'], 'peerdist') && !isTrue(extension.get('hashrequest'))) return undefined;
  const basic = parameters(headers['x-p2p-peerdist']);
  const missingData = basic.get('missingdatarequest');
  if (missingData !== undefined && missingData.toLowerCase() !== 'false') return undefined;
  const version =
    parseVersion(basic.get('version')) ?? (options.withoutVersion === '1.0' ? ([1, 0] as const) : undefined);
  if (version === undefined || version[0] !== 1) return undefined;
  const window = versionWindow(extension.get('mincontentinformation'), extension.get('maxcontentinformation'));
  return window && { client: version[1] === 0 ? '1.0' : '1.1', ...window };
}

/** The versions of content information within the pair: 1 alone where there is none, undefined where none is. */
function versionWindow(
  min: string | undefined,
  max: string | undefined,
): Pick<Offer, 'minVersion' | 'maxVersion'> | undefined {
  if (min === undefined && max === undefined) return { minVersion: 1, maxVersion: 1 };
  const [from, to] = [parseVersion(min), parseVersion(max)];
  if (from === undefined || to === undefined) return undefined;
  if (isOlder(from, [1, 0]) || isOlder([2, 0], to) || isOlder(to, from)) return undefined;
  const within = ([1, 2] as const).filter((it) => !isOlder([it, 0], from) && !isOlder(to, [it, 0]));
  const [minVersion, maxVersion] = [within[0], within.at(-1)];
  return minVersion && maxVersion && { minVersion, maxVersion };
}

/** What the answer to an offer says of its body. */
export interface Coding {
  /** The body is content information. */
  readonly peerdist: boolean;
  /** What the content still is coded with, once it is there. */
  readonly inner: readonly string[];
  /** The content information is not ready; a hash request may fetch it later. */
  readonly makeHashRequest: boolean;
}

/** [MS-PCCRTP] 3.1.5.1 */
export function readCoding(headers: Headers): Coding {
  const codings = elements(headers['content-encoding']).map((it) => it.toLowerCase());
  const peerdist = codings.at(-1) === 'peerdist';
  return {
    peerdist,
    inner: peerdist ? codings.slice(0, -1) : codings,
    makeHashRequest: !peerdist && isTrue(parameters(headers['x-p2p-peerdistex']).get('makehashrequest')),
  };
}

/** A coding counts as offered unless its weight is 0; `*` offers none by name. */
function accepts(header: string | readonly string[] | undefined, coding: string): boolean {
  return elements(header).some((element) => {
    const [name = '', ...rest] = element.split(';').map((it) => it.trim().toLowerCase());
    return name === coding && !rest.some((it) => /^q=0(\.0*)?$/.test(it));
  });
}

/** `Name=value` pairs by lower-case name; the first of a name counts, and a name alone has an empty value. */
function parameters(header: string | readonly string[] | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const element of elements(header)) {
    const [name = '', value = ''] = element.split(/=(.*)/s);
    const key = name.trim().toLowerCase();
    if (!found.has(key)) found.set(key, value.trim());
  }
  return found;
}

function elements(header: string | readonly string[] | undefined): string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  return text
    .split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '');
}

function parseVersion(text: string | undefined): Version | undefined {
  const [, major, minor] = /^(\d{1,9})\.(\d{1,9})$/.exec(text ?? '') ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

function isOlder([major, minor]: Version, than: Version): boolean {
  return major < than[0] || (major === than[0] && minor < than[1]);
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}

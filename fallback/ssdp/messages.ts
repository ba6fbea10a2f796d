import { isIPv6 } from 'node:net';
import type { SsdpTrace } from '../../lib/backend/contract/trace.js';
import type { Log } from '../multicast/log.js';
import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import type { Codec } from '../wire/codec.js';
import { addressText, packAddress } from '../wire/ipv6.js';
import { Limit, MAX_AGE_S } from './bounds.js';
import { type Head, headText, parseHead } from './head.js';

/** Where somebody who announces a target can be reached: the `AL` header. */
export interface Endpoint {
  /** IPv6, RFC 5952, without a scope. */
  readonly address: string;
  readonly port: number;
}

/** Who has `target`? [UPnP-DA] 1.2.2. */
export interface Search {
  readonly type: 'M-SEARCH';
  readonly target: string;
  /** `MX`: answers are spread over so many seconds. Absent in what is sent to one address. */
  readonly maxWait?: number | undefined;
}

/** An answer to a search, [UPnP-DA] 1.2.3; or an announcement that nobody asked for, 1.1.2. */
export interface Presence {
  readonly type: '200 OK' | 'ssdp:alive';
  readonly target: string;
  readonly endpoint: Endpoint;
  /** `01-NLS`: the same for as long as the sender keeps its addresses. */
  readonly networkSignature?: string | undefined;
}

/** An announcement ends. [UPnP-DA] 1.1.3. */
export interface Byebye {
  readonly type: 'ssdp:byebye';
  readonly target: string;
  readonly endpoint: Endpoint;
}

export type SsdpMessage = Search | Presence | Byebye;

export type SsdpLog = Log<SsdpMessage, SsdpTrace>;

/** As Windows writes it, in capitals. */
const HOST = '[FF02::C]:1900';
const SERVER = 'Node.js UPnP/1.0 winpeer';
const OPTIONS = '"http://schemas.upnp.org/upnp/1/0/"; ns=01';
const NOTIFY = 'NOTIFY * HTTP/1.1';

/**
 * What PNRP says in SSDP, byte for byte in the form that Windows sends. It reads what others write more freely: any
 * order and case of headers, further headers, blanks around values, lines that end in LF alone.
 */
export const ssdpMessage: Codec<SsdpMessage> = {
  name: 'SSDP message',
  length: (value) => text(value).length,
  write: (writer: ByteWriter, value) => writer.bytes(Buffer.from(text(value), 'latin1')),
  read: (reader) => {
    const start = reader.fork();
    if (reader.remaining > Limit.MESSAGE_BYTES) start.fail('message', `${reader.remaining} bytes are too many`);
    const bytes = reader.bytes(reader.remaining, 'message');
    return fromHead(parseHead(Buffer.from(bytes).toString('latin1'), start), start);
  },
};

function text(value: SsdpMessage): string {
  switch (value.type) {
    case 'M-SEARCH':
      return headText('M-SEARCH * HTTP/1.1', [
        ['Host', HOST],
        ['ST', value.target],
        ['Man', '"ssdp:discover"'],
        ...(value.maxWait === undefined ? [] : [['MX', String(value.maxWait)] as const]),
      ]);
    case '200 OK':
      return headText('HTTP/1.1 200 OK', [['ST', value.target], ...presence(value), ['Ext', '']]);
    case 'ssdp:alive':
      return headText(NOTIFY, [['Host', HOST], ['NT', value.target], ['NTS', value.type], ...presence(value)]);
    case 'ssdp:byebye':
      return headText(NOTIFY, [
        ['Host', HOST],
        ['NT', value.target],
        ['NTS', value.type],
        ['USN', endpointText(value.endpoint)],
      ]);
  }
}

function presence({ endpoint, networkSignature }: Presence): [name: string, value: string][] {
  const location = endpointText(endpoint);
  return [
    ['USN', location],
    // No URL with Windows either, but an address.
    ['Location', endpoint.address],
    ['AL', location],
    ['OPT', OPTIONS],
    ...(networkSignature === undefined ? [] : [['01-NLS', networkSignature] as [string, string]]),
    ['Cache-Control', `max-age=${MAX_AGE_S}`],
    ['Server', SERVER],
  ];
}

function fromHead({ start, headers }: Head, reader: ByteReader): SsdpMessage {
  const header = (name: string): string => headers.get(name) || reader.fail(name, 'is missing');
  if (/^M-SEARCH \* HTTP\/1\.\d$/i.test(start)) {
    const man = header('man').toLowerCase();
    if (man !== '"ssdp:discover"' && man !== 'ssdp:discover') reader.fail('man', `is ${man}`);
    const target = header('st');
    const mx = headers.get('mx');
    if (mx === undefined) return { type: 'M-SEARCH', target };
    if (!/^\d{1,9}$/.test(mx)) reader.fail('mx', `is ${mx}`);
    return { type: 'M-SEARCH', target, maxWait: Number(mx) };
  }
  const networkSignature = headers.get('01-nls') || undefined;
  if (/^HTTP\/1\.\d 200(?: .*)?$/i.test(start)) {
    return { type: '200 OK', target: header('st'), endpoint: endpoint(header('al'), reader), networkSignature };
  }
  if (!/^NOTIFY \* HTTP\/1\.\d$/i.test(start)) reader.fail('start line', `is ${start}`);
  const type = header('nts').toLowerCase();
  const target = header('nt');
  if (type === 'ssdp:alive') return { type, target, endpoint: endpoint(header('al'), reader), networkSignature };
  if (type === 'ssdp:byebye') return { type, target, endpoint: endpoint(header('usn'), reader) };
  return reader.fail('nts', `is ${type}`);
}

function endpointText({ address, port }: Endpoint): string {
  return `[${address}]:${port}`;
}

/** `[address]:port`, RFC 2732: a scope has no place in it. */
function endpoint(value: string, reader: ByteReader): Endpoint {
  const [, address = '', digits = ''] = /^\[([0-9a-f:.]{2,45})\]:(\d{1,5})$/i.exec(value) ?? [];
  const port = Number(digits);
  if (!isIPv6(address) || port < 1 || port > 0xffff) reader.fail('endpoint', `is ${value}`);
  return { address: addressText(packAddress(address)), port };
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOMParser, type Element } from '@xmldom/xmldom';
import { pcap, type SentDatagram } from './pcap.js';

/** One field of a dissection, as PDML has it; `pos` and `size` in bytes of the packet. */
export interface Field {
  readonly name: string;
  /** As a person reads it. */
  readonly show: string;
  /** The bytes in hexadecimal. */
  readonly value: string;
  readonly pos: number;
  readonly size: number;
}

export interface Dissection {
  /** `ipv6`, `udp` and so on, to the innermost. */
  readonly protocols: readonly string[];
  /** What the info column says of the innermost protocol. */
  readonly title: string;
  /** All fields of PNRP and UDP, outer before inner. */
  readonly fields: readonly Field[];
  /** What Wireshark finds wrong or can't say. */
  readonly complaints: readonly string[];
}

/** What Wireshark makes of datagrams when it takes every port of theirs for PNRP. */
export function dissect(datagrams: readonly SentDatagram[]): Dissection[] {
  const folder = mkdtempSync(join(tmpdir(), 'winpeer-tshark-'));
  try {
    const file = join(folder, 'datagrams.pcap');
    writeFileSync(file, pcap(datagrams));
    const ports = new Set(datagrams.flatMap(({ from, to }) => [from.port, to.port]));
    const decodeAs = [...ports].flatMap((port) => ['-d', `udp.port==${port},pnrp`]);
    const options = ['-n', '-o', 'udp.check_checksum:TRUE', ...decodeAs, '-r', file, '-T', 'pdml'];
    const { status, stdout, stderr } = spawnSync('tshark', options, { maxBuffer: 1 << 28, encoding: 'utf8' });
    if (status !== 0) throw new Error(`tshark: ${stderr}`);
    const document = new DOMParser({ onError: failOnError }).parseFromString(stdout, 'text/xml');
    return [...document.getElementsByTagName('packet')].map(dissectionOf);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function dissectionOf(packet: Element): Dissection {
  const protocols = [...packet.getElementsByTagName('proto')].filter((it) => !it.getAttribute('name')?.startsWith('_'));
  const fields = protocols
    .filter((it) => ['udp', 'pnrp'].includes(it.getAttribute('name') ?? ''))
    .flatMap((it) => [...it.getElementsByTagName('field')])
    .map(fieldOf);
  const complaints = [...packet.getElementsByTagName('field')]
    .filter((it) => it.getAttribute('name') === '_ws.expert.message')
    .map((it) => it.getAttribute('show') ?? '');
  return {
    protocols: protocols.map((it) => it.getAttribute('name') ?? ''),
    title: protocols.at(-1)?.getAttribute('showname') ?? '',
    fields: fields.filter(({ name }) => !name.startsWith('_')),
    complaints,
  };
}

/** A warning is about a text that shows bytes which are none. */
function failOnError(level: 'warning' | 'error' | 'fatalError', what: string): void {
  if (level !== 'warning') throw new Error(`PDML: ${what}`);
}

function fieldOf(element: Element): Field {
  const text = (name: string): string => element.getAttribute(name) ?? '';
  return {
    name: text('name'),
    show: text('show'),
    value: text('value'),
    pos: Number(text('pos')),
    size: Number(text('size')),
  };
}

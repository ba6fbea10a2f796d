import { decodeBase64 } from '../../wire/base64.js';
import { ByteReader } from '../../wire/byte-reader.js';
import { ByteWriter } from '../../wire/byte-writer.js';
import { DecodeError } from '../../wire/decode-error.js';
import type { Probe, Scopes } from '../../ws-discovery/messages.js';
import { words } from '../../ws-discovery/xml-element.js';
import { Limit } from './bounds.js';
import { type DiscoveryVersion, FORMS } from './names.js';

/** Bytes of an identifier: those of the hashes of content information. */
const ID_LENGTHS: readonly number[] = [32, 48, 64];
const HEADER_LENGTH = 3;

/** The identifiers (HoHoDk) that a Probe asks for, and how they are written in it. */
export interface AskedSegment {
  /** Lower-case hexadecimal text. */
  readonly id: string;
  /** Of version 1, as it came: an answer repeats it. */
  readonly word: string;
}

/** [MS-PCCRD] 2.2.3.2: hexadecimal digits, in capitals; 2.2.3.3: one Base64 text for all of them. */
export function formatScopes(version: DiscoveryVersion, ids: readonly Uint8Array[]): Scopes {
  const { matchBy } = FORMS[version];
  if (version === 1) return { matchBy, text: ids.map((id) => Buffer.from(id).toString('hex').toUpperCase()).join(' ') };
  const size = ids[0]?.length ?? 0;
  const writer = new ByteWriter(HEADER_LENGTH + size * ids.length);
  writer.u16be(size);
  writer.u8(ids.length);
  for (const id of ids) writer.bytes(id);
  return { matchBy, text: Buffer.from(writer.finish('Scopes')).toString('base64') };
}

/** Of a Probe of that version; a rule of comparison that is another is as good as no scope. */
export function readScopes(version: DiscoveryVersion, { scopes }: Probe): readonly AskedSegment[] {
  if (scopes === undefined) throw new DecodeError('Scopes', 0, 'is missing');
  if (scopes.matchBy !== undefined && scopes.matchBy !== FORMS[version].matchBy) {
    throw new DecodeError('MatchBy', 0, `is ${scopes.matchBy}`);
  }
  const asked = version === 1 ? words(scopes.text).map(readWord) : readList(decodeBase64(scopes.text, 'Scopes'));
  if (asked.length === 0 || asked.length > Limit.SEGMENTS)
    throw new DecodeError('Scopes', 0, `${asked.length} segments`);
  return asked;
}

export function readWord(word: string): AskedSegment {
  if (!/^[\da-f]*$/i.test(word) || !ID_LENGTHS.includes(word.length / 2)) {
    throw new DecodeError('Scopes', 0, 'a segment is no hexadecimal text of its length');
  }
  return { id: word.toLowerCase(), word };
}

function readList(bytes: Uint8Array): AskedSegment[] {
  const reader = new ByteReader(bytes);
  const size = reader.u16be('size of a segment');
  if (!ID_LENGTHS.includes(size)) reader.fail('size of a segment', `is ${size}`);
  const count = reader.u8('count of segments');
  if (reader.remaining !== size * count) reader.fail('segments', `${reader.remaining} bytes for ${count} of them`);
  return Array.from({ length: count }, () => ({ id: reader.hex(size, 'segment'), word: '' }));
}

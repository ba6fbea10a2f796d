import { type Codec, decode, encode } from '../../wire/codec.js';
import { DecodeError } from '../../wire/decode-error.js';
import { TICKS_PER_SECOND } from '../../wire/filetime.js';
import { Limit } from './constants.js';

/** Extensible Blob Version 1: how long segments have been in the cache. [MS-PCCRR] 2.2.6.1 */
export interface ExtensibleBlob {
  /** SegmentAgeUnits: seconds, tenths, hundredths, or thousandths of one. */
  readonly units: number;
  readonly ages: readonly EncodedAge[];
}

/** ENCODED_SEGMENT_AGE, [MS-PCCRR] 2.2.1.5. */
interface EncodedAge {
  /** From the first segment that the message is about. */
  readonly index: number;
  readonly age: number;
}

export interface SegmentAge {
  /** From the first segment that the message is about, 0 to 255. */
  readonly index: number;
  readonly ms: number;
}

const VERSION = 1;
const MS_PER_UNIT: readonly (number | undefined)[] = [undefined, 1000, 100, 10, 1];
/** As Windows sends it. */
const UNITS = 3;
const LONGEST_AGE = 0xff_ffff;
const TICKS_PER_MS = TICKS_PER_SECOND / 1000n;

export const extensibleBlob: Codec<ExtensibleBlob> = {
  name: 'Extensible Blob',
  length: ({ ages }) => 4 * (ages.length + 1),
  write(writer, { units, ages }) {
    writer.u16be(VERSION);
    writer.u8(units);
    writer.u8(ages.length);
    for (const { index, age } of ages) {
      writer.u8(index);
      writer.u16le(age & 0xffff);
      writer.u8(age >>> 16);
    }
  },
  read(reader) {
    const version = reader.u16be('ExtensibleBlobVersion');
    if (version !== VERSION) reader.fail('ExtensibleBlobVersion', `is ${version}`);
    const units = reader.u8('SegmentAgeUnits');
    const count = reader.u8('SegmentAgeCount');
    if (MS_PER_UNIT[units] === undefined) reader.fail('SegmentAgeUnits', `is ${units}`);
    const ages: EncodedAge[] = [];
    for (const array = reader.sub(4 * count, 'SegmentAges'); array.remaining > 0; ) {
      const index = array.u8('SegmentIndex');
      const low = array.u16le('SegmentAgeLowPart');
      ages.push({ index, age: low | (array.u8('SegmentAgeHighPart') << 16) });
    }
    // A blob may have room for more than is in it.
    reader.skip(reader.remaining, 'ExtensibleBlob');
    return { units, ages };
  },
};

/** The blob for segments at rising places; what is too far from the base, the first of them unless given, has no age. */
export function encodeAges(
  created: readonly { readonly index: number; readonly created: bigint }[],
  now: bigint,
  base = created[0]?.index ?? 0,
): Uint8Array {
  const ages = created
    .filter(({ index }) => index - base <= 0xff)
    .slice(0, Limit.AGES)
    .map((it) => {
      const ms = Number((now - it.created) / TICKS_PER_MS);
      // After 46 hours all are as old as can be told.
      const age = Math.min(LONGEST_AGE, Math.floor(Math.max(0, ms) / (MS_PER_UNIT[UNITS] as number)));
      return { index: it.index - base, age };
    });
  return encode(extensibleBlob, { units: UNITS, ages });
}

/** None where there is no blob or a bad one: that takes nothing from the message around it. [MS-PCCRR] 2.2.6 */
export function decodeAges(blob: Uint8Array): readonly SegmentAge[] {
  try {
    const { units, ages } = decode(extensibleBlob, blob);
    return ages.map(({ index, age }) => ({ index, ms: age * (MS_PER_UNIT[units] as number) }));
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

import { PeerError } from '../../../lib/errors.js';
import { ByteReader } from '../../wire/byte-reader.js';
import { type Codec, encode } from '../../wire/codec.js';
import { DecodeError } from '../../wire/decode-error.js';
import { Readings } from '../../wire/readings.js';
import type { ContentInformation } from './model.js';
import { contentInformation1 } from './version-1.js';
import { contentInformation2 } from './version-2.js';

/** Content information of a version that is neither 1.0 nor 2.0. */
class UnsupportedVersionError extends DecodeError {}

/** Either version: the first two bytes say which, in both layouts. */
export function contentInformationCodec(readings: Readings): Codec<ContentInformation> {
  const version2 = contentInformation2(readings);
  return {
    name: 'Content Information',
    length: (value) => (value.version === 1 ? contentInformation1.length(value) : version2.length(value)),
    write: (writer, value) =>
      value.version === 1 ? contentInformation1.write(writer, value) : version2.write(writer, value),
    read(reader) {
      switch (reader.peekU16be()) {
        case 1:
          return contentInformation1.read(reader);
        case 2:
          return version2.read(reader);
        case undefined:
          return reader.fail('Version', 'is missing');
        default:
          throw new UnsupportedVersionError('Version', reader.offset, 'is neither 1.0 nor 2.0');
      }
    },
  };
}

export function encodeContentInformation(value: ContentInformation, readings = new Readings()): Uint8Array {
  return encode(contentInformationCodec(readings), value);
}

/**
 * Reads a copy of `bytes`; what follows a structure of version 1 is ignored. `PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO`,
 * `PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED`: `operation` is the function that says so.
 */
export function decodeContentInformation(bytes: Uint8Array, operation: string): ContentInformation {
  try {
    return contentInformationCodec(new Readings()).read(new ByteReader(Uint8Array.from(bytes)));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const code =
      error instanceof UnsupportedVersionError
        ? 'PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED'
        : 'PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO';
    throw new PeerError(code, operation, `the content information is not readable: ${error.message}`, { cause: error });
  }
}

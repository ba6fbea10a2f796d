import { AttributeValue, GeneralName, GeneralNames, OtherName } from '@peculiar/asn1-x509';
import { DecodeError } from '../wire/decode-error.js';
import type { Readings } from '../wire/readings.js';
import { arrayBuffer, parseAsn1, serializeAsn1 } from './asn1.js';
import { withoutTerminator } from './certificate.js';

/** How peer names and classifiers stand in an extension: each a GeneralName of a type of its own. [MS-PNRP] 2.2.3.5.1. */
export const NAME_TYPE = '1.3.6.1.4.1.311.44.0.2';
export const CLASSIFIER_TYPE = '1.3.6.1.4.1.311.44.0.3';

type TextType = typeof NAME_TYPE | typeof CLASSIFIER_TYPE;

export function otherName(type: TextType, text: string, readings: Readings): GeneralName {
  const value = arrayBuffer(serializeAsn1(encodeText(text, readings)));
  return new GeneralName({ otherName: new OtherName({ typeId: type, value }) });
}

export function generalNames(...names: readonly GeneralName[]): Uint8Array {
  return serializeAsn1(new GeneralNames([...names]));
}

/** The text of each name of that type, `undefined` for every other name. */
export function readOtherNames(value: Uint8Array, type: TextType, field: string): (string | undefined)[] {
  return [...parseAsn1(value, GeneralNames, field)].map(({ otherName: other }) =>
    other?.typeId === type ? readText(new Uint8Array(other.value), field) : undefined,
  );
}

/** The peer name among GeneralNames; a bare string in their place is read too. */
export function readPeerName(value: Uint8Array, field: string): string | undefined {
  if (value[0] !== 0x30) return readText(value, field);
  return readOtherNames(value, NAME_TYPE, field).find((name) => name !== undefined);
}

function readText(value: Uint8Array, field: string): string {
  const text = parseAsn1(value, AttributeValue, field);
  if (text.anyValue !== undefined) throw new DecodeError(field, 0, 'the name is not a character string');
  return withoutTerminator(text.toString());
}

function encodeText(text: string, readings: Readings): AttributeValue {
  // UNCONFIRMED: certificates.terminator
  const whole = readings.get('certificates.terminator') === 'present' ? `${text}\0` : text;
  // UNCONFIRMED: certificates.name-string
  const reading = readings.get('certificates.name-string');
  if (reading === 'bmp') return new AttributeValue({ bmpString: whole });
  // An IA5String holds nothing but ASCII.
  const ascii = Buffer.byteLength(whole) === whole.length;
  return new AttributeValue(reading === 'ia5' && ascii ? { ia5String: whole } : { utf8String: whole });
}

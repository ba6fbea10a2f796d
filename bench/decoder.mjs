// What the decoders of hostile-mutations.bench.mjs have in common.
import { decode, encode } from '#fallback/wire/codec';
import { READINGS, Readings } from '#fallback/wire/readings';

/** @param {string} hex */
export const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

export const DEFAULTS = new Readings();
/** With the last candidate of each. */
export const OTHERS = new Readings(
  Object.fromEntries(Object.entries(READINGS).map(([id, { candidates }]) => [id, String(candidates.at(-1))])),
);
export const BOTH = [DEFAULTS, OTHERS];

/** @typedef {import('./hostile-mutations.bench.mjs').Decoder} Decoder */

/**
 * @template T
 * @param {string} name
 * @param {readonly import('#fallback/wire/codec').Codec<T>[]} codecs One for each choice of readings: they take turns.
 * @param {readonly Uint8Array[]} seeds
 * @param {(value: T, bytes: Uint8Array) => void} [more]
 * @returns {Decoder}
 */
export function decoder(name, codecs, seeds, more = () => undefined) {
  let turn = 0;
  return {
    name,
    seeds,
    decode(input) {
      const codec = /** @type {typeof codecs[number]} */ (codecs[turn++ % codecs.length]);
      const value = decode(codec, input);
      encode(codec, value);
      more(value, input);
    },
  };
}

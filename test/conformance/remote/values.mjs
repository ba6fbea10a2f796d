// What goes between an agent and its test, as JSON: bytes, errors, `undefined`, and what only its own process has, are marked.

/**
 * @param {unknown} value A function is `undefined` to the other side.
 * @param {(object: object) => unknown} keep What the other side is told of an object that stays here; `undefined`: its data.
 * @returns {unknown}
 */
export function encode(value, keep) {
  if (value === undefined || typeof value === 'function') return { $undefined: true };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('hex') };
  if (value instanceof Error) return { $error: { ...value, name: value.name, message: value.message, cause: null } };
  if (Array.isArray(value)) return value.map((it) => encode(it, keep));
  const isData = Object.getPrototypeOf(value) === Object.prototype;
  if (!isData || Object.values(value).some((it) => typeof it === 'function')) {
    const told = keep(value);
    if (told !== undefined) return { $kept: told };
  }
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, encode(it, keep)]));
}

/**
 * @param {unknown} json
 * @param {(told: never) => unknown} kept What stands here for an object of the other side.
 * @returns {unknown}
 */
export function decode(json, kept) {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map((it) => decode(it, kept));
  /** @type {Readonly<Record<string, unknown>>} */
  const value = { ...json };
  if ('$undefined' in value) return undefined;
  if ('$bytes' in value) return new Uint8Array(Buffer.from(String(value.$bytes), 'hex'));
  if ('$error' in value) return Object.assign(new Error(), value.$error);
  if ('$kept' in value) return kept(/** @type {never} */ (value.$kept));
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, decode(it, kept)]));
}

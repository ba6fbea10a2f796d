// The fields of LOOKUP, [MS-PNRP] 2.2.2.8, as each rival of our codec wants them.
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { rival } from './rivals.mjs';

/** @typedef {{ address: Uint8Array, port: number }} Endpoint */
/** @typedef {{ pnrpId: Uint8Array, port: number, addresses: Uint8Array[] }} RouteEntry */
/**
 * @typedef {object} Lookup
 * @property {number} messageId
 * @property {boolean} acceptAny
 * @property {number} precision
 * @property {number} criteria
 * @property {number} reasonCode
 * @property {Uint8Array} targetPnrpId
 * @property {Uint8Array} validatePnrpId
 * @property {RouteEntry | null} routeEntry
 * @property {Endpoint[]} flaggedPath
 */
/**
 * `from` makes the value that a program which uses this codec holds.
 * @typedef {{ from(lookup: Lookup): any, encode(value: any): Uint8Array, decode(bytes: any): any }} LookupCodec
 */

/** The static code that protobufjs makes of lookup.proto, here and now. @returns {Promise<LookupCodec>} */
export async function protobufjs() {
  const proto = fileURLToPath(new URL('lookup.proto', import.meta.url));
  const code = await new Promise((resolve, reject) => {
    rival('protobufjs-cli').pbjs.main(
      ['--target', 'static-module', '--wrap', 'commonjs', proto],
      (/** @type {unknown} */ error, /** @type {string} */ text) => (error ? reject(error) : resolve(text)),
    );
  });
  const module = { exports: /** @type {any} */ ({}) };
  compileFunction(code, ['require', 'module', 'exports'])(rival, module, module.exports);
  const { Lookup, RouteEntry, Endpoint } = module.exports;
  return {
    from: ({ routeEntry, flaggedPath, ...others }) =>
      Lookup.create({
        ...others,
        ...(routeEntry && { routeEntry: RouteEntry.create(routeEntry) }),
        flaggedPath: flaggedPath.map((endpoint) => Endpoint.create(endpoint)),
      }),
    encode: (value) => Lookup.encode(value).finish(),
    decode: (bytes) => Lookup.decode(bytes),
  };
}

/** @returns {LookupCodec} */
export function compactEncoding() {
  const c = rival('compact-encoding');
  const id = c.fixed32;
  const address = c.fixed16;

  const endpoint = {
    preencode(/** @type {any} */ state, /** @type {Endpoint} */ m) {
      address.preencode(state, m.address);
      c.uint16.preencode(state, m.port);
    },
    encode(/** @type {any} */ state, /** @type {Endpoint} */ m) {
      address.encode(state, m.address);
      c.uint16.encode(state, m.port);
    },
    decode: (/** @type {any} */ state) => ({ address: address.decode(state), port: c.uint16.decode(state) }),
  };
  const addresses = c.array(address);
  const routeEntry = {
    preencode(/** @type {any} */ state, /** @type {RouteEntry} */ m) {
      id.preencode(state, m.pnrpId);
      c.uint16.preencode(state, m.port);
      addresses.preencode(state, m.addresses);
    },
    encode(/** @type {any} */ state, /** @type {RouteEntry} */ m) {
      id.encode(state, m.pnrpId);
      c.uint16.encode(state, m.port);
      addresses.encode(state, m.addresses);
    },
    decode: (/** @type {any} */ state) => ({
      pnrpId: id.decode(state),
      port: c.uint16.decode(state),
      addresses: addresses.decode(state),
    }),
  };
  const flaggedPath = c.array(endpoint);
  const lookup = {
    preencode(/** @type {any} */ state, /** @type {Lookup} */ m) {
      c.uint32.preencode(state, m.messageId);
      c.bool.preencode(state, m.acceptAny);
      c.uint16.preencode(state, m.precision);
      c.uint8.preencode(state, m.criteria);
      c.uint8.preencode(state, m.reasonCode);
      id.preencode(state, m.targetPnrpId);
      id.preencode(state, m.validatePnrpId);
      c.bool.preencode(state, m.routeEntry !== null);
      if (m.routeEntry !== null) routeEntry.preencode(state, m.routeEntry);
      flaggedPath.preencode(state, m.flaggedPath);
    },
    encode(/** @type {any} */ state, /** @type {Lookup} */ m) {
      c.uint32.encode(state, m.messageId);
      c.bool.encode(state, m.acceptAny);
      c.uint16.encode(state, m.precision);
      c.uint8.encode(state, m.criteria);
      c.uint8.encode(state, m.reasonCode);
      id.encode(state, m.targetPnrpId);
      id.encode(state, m.validatePnrpId);
      c.bool.encode(state, m.routeEntry !== null);
      if (m.routeEntry !== null) routeEntry.encode(state, m.routeEntry);
      flaggedPath.encode(state, m.flaggedPath);
    },
    decode: (/** @type {any} */ state) => ({
      messageId: c.uint32.decode(state),
      acceptAny: c.bool.decode(state),
      precision: c.uint16.decode(state),
      criteria: c.uint8.decode(state),
      reasonCode: c.uint8.decode(state),
      targetPnrpId: id.decode(state),
      validatePnrpId: id.decode(state),
      routeEntry: c.bool.decode(state) ? routeEntry.decode(state) : null,
      flaggedPath: flaggedPath.decode(state),
    }),
  };
  return {
    from: (value) => value,
    encode: (value) => c.encode(lookup, value),
    decode: (bytes) => c.decode(lookup, bytes),
  };
}

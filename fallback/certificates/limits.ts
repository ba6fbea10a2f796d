/*
 * Numbers of the X.509 profile, [MS-PNRP] 2.2.3.5. They stand alone, so that who checks an argument does not load the
 * ASN.1 libraries.
 */

/** Of issuer and subject: UTF-16 units, without the terminator that the API counts. */
export const FRIENDLY_NAME_LIMIT = 255;

/** The root of a group and 24 membership certificates. */
export const CHAIN_LIMIT = 25;

/** Of every key in a chain: other sizes have no place in a CPA. [MS-PNRP] 2.2.3.1.4. */
export const CHAIN_KEY_BITS = 1024;

export const SERIAL_BYTES = 16;

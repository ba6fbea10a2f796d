// What the clients of hosted-cache.bench.mjs ask for.

export const BLOCK = 65_536;
export const BLOCKS = 512;
/** HoHoDk of the one segment that is there from the start. */
export const ID = '5e'.repeat(32);

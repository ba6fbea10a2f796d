/** Those that the protocols name. [MS-PCCRR] 2.1, [MS-PCHC] 2.1 */
const WELL_KNOWN: readonly number[] = [80, 443];
const FIRST_FREE = 1024;

/** Whether a port that somebody names may be connected to: other services of the system are left alone. */
export function isServicePort(port: number): boolean {
  return WELL_KNOWN.includes(port) || (port >= FIRST_FREE && port <= 0xffff);
}

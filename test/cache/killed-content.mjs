/** The bytes of a block that follow from its name, some of the length of others. @param {number} segment @param {number} index */
export function content(segment, index) {
  const bytes = new Uint8Array(1 + ((segment * 389 + index * 1237) % 4096));
  for (let at = 0; at < bytes.length; at++) bytes[at] = segment * 7 + index * 13 + at;
  return bytes;
}

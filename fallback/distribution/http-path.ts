/** In any case, with or without the slash at its end, or as a whole URL (RFC 9112, 3.2.2); with a query it is another. */
export function isPath(asked: string, path: string): boolean {
  const target = asked.replace(/^https?:\/\/[^/?]*/i, '');
  return (target.endsWith('/') ? target : `${target}/`).toLowerCase() === path.toLowerCase();
}

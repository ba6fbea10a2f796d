/** In any case, with or without the slash at its end; with a query it is another. */
export function isPath(asked: string, path: string): boolean {
  return (asked.endsWith('/') ? asked : `${asked}/`).toLowerCase() === path.toLowerCase();
}

/** A store is a file of the home on every system: no name leads out of it, or differs from another by case alone. */
export function checkStoreName(name: string): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new RangeError(`not the name of a store: ${name}`);
}

// `npm ci` must work on every system and with every registry: the lock file names no registry's host, and it has the
// binaries of all platforms, which npm leaves out when it writes the file beside an installed node_modules.
/** @typedef {{ resolved?: string, optionalDependencies?: Record<string, string> }} Entry */

/** @param {Readonly<Record<string, Entry>>} packages @returns {string[]} */
export function lockfileFaults(packages) {
  const names = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
  return Object.entries(packages).flatMap(([path, { resolved, optionalDependencies = {} }]) => [
    ...(resolved === undefined ? [] : [`${path} names a registry: ${resolved}`]),
    ...Object.keys(optionalDependencies)
      .filter((name) => !names.has(name))
      .map((name) => `${path} lacks ${name}`),
  ]);
}

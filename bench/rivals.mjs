// What winpeer is measured beside: packages that it does not depend on itself. They have a folder of
// their own, because a package.json beside the benches would end the reach of the package's name and imports.
import { createRequire } from 'node:module';

const require = createRequire(new URL('rivals/package.json', import.meta.url));

/** @param {string} name */
export function rival(name) {
  try {
    return require(name);
  } catch (cause) {
    throw new Error(`${name} is not installed: npm ci --prefix bench/rivals`, { cause });
  }
}

/** The version that is installed. @param {string} name @returns {string} */
export function version(name) {
  return rival(`./node_modules/${name}/package.json`).version;
}

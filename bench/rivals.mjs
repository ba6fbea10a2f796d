// What winpeer is measured beside: packages of bench/rivals/package.json, which the package itself does not depend on.
import { createRequire } from 'node:module';

const require = createRequire(new URL('rivals/', import.meta.url));

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

// An area for tests: numbered things, a file each. Two keepers at once would number alike, and fail.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} home
 * @param {number} [version]
 * @returns {import('#fallback/runtime/keeper/keep').Area}
 */
export function things(home, version = 1) {
  return { name: 'things', version, serve: async () => serve(join(home, 'things')) };
}

/** @param {string} folder @returns {import('#fallback/runtime/keeper/served-clients').Served} */
function serve(folder) {
  mkdirSync(folder, { recursive: true });
  let last = Math.max(0, ...readdirSync(folder).map(Number));
  let clients = 0;
  let handles = 0;
  /** @type {Set<(event: unknown) => void>} */
  const watchers = new Set();
  return {
    open: (emit) => {
      let own = 0;
      clients += 1;
      /** @type {Record<string, (...args: any[]) => unknown>} */
      const methods = {
        pid: () => process.pid,
        add: (/** @type {string} */ text) => {
          writeFileSync(join(folder, String(++last)), text, { flag: 'wx' });
          for (const watcher of watchers) watcher({ added: last });
          return last;
        },
        all: () => readdirSync(folder).length,
        echo: (value) => value,
        watch: () => void watchers.add(emit),
        open: () => {
          own += 1;
          handles += 1;
        },
        counts: () => ({ clients, handles, watchers: watchers.size }),
        never: () => new Promise(() => undefined),
        refuse: () => {
          throw Object.assign(new RangeError('no'), { code: 'ERR_NO', hresult: 7 });
        },
        long: (/** @type {number} */ length) => new Uint8Array(length),
      };
      return {
        call: async (method, args) => methods[method]?.(...args),
        close: async () => {
          clients -= 1;
          handles -= own;
          watchers.delete(emit);
        },
      };
    },
    close: async () => undefined,
  };
}

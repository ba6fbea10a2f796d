// What the suite of threads runs on them.

/** @param {import('#lib/backend/contract/host').ThreadFiles} files */
export function start(files) {
  let calls = 0;
  return {
    count: () => ++calls,
    /** @param {unknown} argument */
    echo: (argument) => argument,
    /** @param {{ message: string, code: string }} argument */
    fail({ message, code }) {
      throw Object.assign(new Error(message), { code });
    },
    /** @param {SharedArrayBuffer} shared */
    fill: (shared) => void new Uint8Array(shared).fill(7),
    /** @param {string} path */
    look: (path) => files.look(path),
    /** @param {{ path: string, look: import('#lib/backend/contract/host').FileLook, position: number, length: number }} argument */
    read({ path, look, position, length }) {
      const into = new Uint8Array(length);
      files.read(path, look, position, into);
      return into;
    },
    exit: () => process.exit(),
  };
}

// What is released was built with Visual Studio, for the system whose folder it lies in, and hardened.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** IMAGE_FILE_MACHINE, by the names of Node.js. "PE Format". @type {Readonly<Record<string, number>>} */
const MACHINES = Object.freeze({ x64: 0x8664, ia32: 0x14c, arm64: 0xaa64 });
/** IMAGE_DLLCHARACTERISTICS_GUARD_CF; GCC has none. */
const GUARD_CF = 0x4000;

/** Faults of all that the package must carry. @param {string} prebuilds @returns {string[]} */
export function prebuildFaults(prebuilds) {
  return Object.keys(MACHINES).flatMap((arch) => {
    const folder = join(prebuilds, `win32-${arch}`);
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.node')) : [];
    if (files.length !== 1) return [`${folder} has ${files.length} addons, and must have one`];
    return files.flatMap((name) => {
      const fault = addonFault(readFileSync(join(folder, name)), arch);
      return fault === undefined ? [] : [`${join(folder, name)} ${fault}`];
    });
  });
}

/** Why an addon can't be released for a kind of processor, if it can't. @param {Buffer} file @param {string} arch @returns {string | undefined} */
export function addonFault(file, arch) {
  const coff = file.length < 0x40 ? file.length : file.readUInt32LE(0x3c) + 4;
  if (coff + 92 > file.length || file.toString('latin1', coff - 4, coff) !== 'PE\0\0') return 'is no DLL';
  if (file.readUInt16LE(coff) !== MACHINES[arch]) return `is not for ${arch}`;
  // `compiler` of native/addon.cc.
  const [compiler] = file.toString('latin1').match(/\b(MSVC|GCC|clang) \d[\w.-]*/) ?? [
    'a compiler that it does not name',
  ];
  if (!compiler.startsWith('MSVC')) return `was built with ${compiler}, not with Visual Studio`;
  // 70 bytes into the optional header, for 32 and for 64 bits.
  return (file.readUInt16LE(coff + 90) & GUARD_CF) === 0 ? 'was built without control flow guard' : undefined;
}

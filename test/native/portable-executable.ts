/** What a test wants to know of a DLL: "PE Format", as Microsoft documents it. */
export interface PortableExecutable {
  readonly machine: number;
  /** DllCharacteristics. */
  readonly characteristics: number;
  /** Modules that Windows loads together with it, lower-case. */
  readonly imports: readonly string[];
}

export const MACHINE_AMD64 = 0x8664;
export const HIGH_ENTROPY_VA = 0x20;
export const DYNAMIC_BASE = 0x40;
export const NX_COMPAT = 0x100;

/** The optional header of 64-bit files. */
const PE32_PLUS = 0x20b;
const IMPORT_DIRECTORY = 1;
/** IMAGE_IMPORT_DESCRIPTOR. */
const IMPORT_LENGTH = 20;

export function readPortableExecutable(file: Buffer): PortableExecutable {
  const coff = file.readUInt32LE(0x3c) + 4;
  if (file.toString('latin1', coff - 4, coff) !== 'PE\0\0') throw new Error('not a portable executable');
  const optional = coff + 20;
  if (file.readUInt16LE(optional) !== PE32_PLUS) throw new Error('not a 64-bit file');
  const sections = optional + file.readUInt16LE(coff + 16);
  const sectionCount = file.readUInt16LE(coff + 2);

  /** Where a relative virtual address is in the file. */
  const place = (address: number): number => {
    for (let section = sections; section < sections + 40 * sectionCount; section += 40) {
      const offset = address - file.readUInt32LE(section + 12);
      if (offset >= 0 && offset < file.readUInt32LE(section + 16)) return file.readUInt32LE(section + 20) + offset;
    }
    throw new Error(`no section has the address ${address}`);
  };

  const imports: string[] = [];
  const directory = file.readUInt32LE(optional + 112 + 8 * IMPORT_DIRECTORY);
  for (let entry = place(directory); file.readUInt32LE(entry + 12) !== 0; entry += IMPORT_LENGTH) {
    const name = place(file.readUInt32LE(entry + 12));
    imports.push(file.toString('latin1', name, file.indexOf(0, name)).toLowerCase());
  }
  return {
    machine: file.readUInt16LE(coff),
    characteristics: file.readUInt16LE(optional + 70),
    imports,
  };
}

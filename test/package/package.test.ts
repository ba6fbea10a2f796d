import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { checkout, importing, npm, pack, requiring, specifiers } from './stranger.ts';

const run = promisify(execFile);

/** Where the package is installed as a stranger would install it, without the checkout around it. */
let folder: string;
let packed: Awaited<ReturnType<typeof pack>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winpeer-package-'));
  packed = await pack(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  await install(join(folder, packed.filename)).catch(() => unpack(packed.filename));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Fails where npm's cache lacks a dependency. */
async function install(tarball: string): Promise<void> {
  await npm(['install', tarball, '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/** The same by hand, with the dependencies of the checkout. */
async function unpack(tarball: string): Promise<void> {
  await rm(join(folder, 'node_modules'), { recursive: true, force: true });
  await run('tar', ['-xzf', tarball], { cwd: folder });
  await cp(join(folder, 'package'), join(folder, 'node_modules/winpeer'), { recursive: true });
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(folder, 'node_modules', name);
    await mkdir(join(link, '..'), { recursive: true });
    await symlink(join(checkout, 'node_modules', name), link, 'junction');
  }
}

/** What a program of the stranger's prints. */
async function printed(file: string, program: string): Promise<string> {
  await writeFile(join(folder, file), program);
  return (await run(process.execPath, [file], { cwd: folder })).stdout;
}

/** `pnrp` is a `Pnrp`, as docs/api.md says. */
async function documentedAreas(): Promise<[string, string][]> {
  const api = await readFile(join(checkout, 'docs/api.md'), 'utf8');
  const areas = [...api.matchAll(/^`(\w+)` is an? `(\w+)`\./gm)].map(([, area, name]) => [area, name]);
  return areas as [string, string][];
}

describe('the package, installed', () => {
  test.each([
    ['import', 'importing.mjs', importing],
    ['require', 'requiring.cjs', requiring],
  ])('%s loads every subpath with what docs/api.md names', async (_how, file, program) => {
    const exported = JSON.parse(await printed(file, program));
    const areas = await documentedAreas();
    expect(areas).toHaveLength(8);
    for (const [area, name] of [...areas, ['names', 'Names'] as const]) {
      expect(exported.winpeer, area).toContain(area);
      expect(exported[`winpeer/${area}`], area).toEqual(expect.arrayContaining([area, name]));
    }
    expect(exported.winpeer).toEqual(
      expect.arrayContaining(['PeerError', 'Platform', 'backends', 'createPlatform', 'isPeerError']),
    );
    expect(exported['winpeer/testing']).toContain('network');
  });

  test('every class of a subpath is the class of the area', async () => {
    const areas = await documentedAreas();
    const checks = areas.map(
      ([area, name]) =>
        `const ${area} = await import('winpeer/${area}'); console.log(root.${area} === ${area}.${area} && ${area}.${area} instanceof ${area}.${name});`,
    );
    const lines = await printed('classes.mjs', [`import * as root from 'winpeer';`, ...checks].join('\n'));
    expect(lines).toBe('true\n'.repeat(areas.length));
  });

  test('the command runs', async () => {
    const main = join(folder, 'node_modules/winpeer', manifest.bin.winpeer);
    const { stdout } = await run(process.execPath, [main, '--json', 'backends'], { cwd: folder });
    expect(JSON.parse(stdout).areas).toHaveLength(12);
  });

  test.each([
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
  ])('types resolve with module %s and resolution %s', async (module, moduleResolution) => {
    const project = join(folder, moduleResolution);
    await mkdir(project);
    const body = [
      'export async function find(platform: Platform): Promise<Pnrp> {',
      "  const found = await platform.pnrp.resolve('0.x', { timeoutMs: 1000 });",
      '  const hops: number = found.hops;',
      '  // @ts-expect-error',
      '  const wrong: string = found.hops;',
      '  return hops > 0 || wrong ? pnrp : platform.pnrp;',
      '}',
    ];
    const imports = [
      "import { createPlatform, type Platform } from 'winpeer';",
      "import { type Pnrp, pnrp } from 'winpeer/pnrp';",
    ];
    const source = [...imports, 'export { createPlatform };', ...body].join('\n');
    await Promise.all(['esm.mts', 'commonjs.cts'].map((file) => writeFile(join(project, file), source)));
    const all = specifiers.map((it, index) => `import * as m${index} from '${it}'; void m${index};`).join('\n');
    await writeFile(join(project, 'all.mts'), all);
    const compilerOptions = {
      ...{
        module,
        moduleResolution,
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable'],
        strict: true,
        noEmit: true,
      },
      ...{ types: ['node'], typeRoots: [join(checkout, 'node_modules/@types')] },
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*'] }));
    const tsc = join(checkout, 'node_modules/typescript/bin/tsc');
    const faults = await run(process.execPath, [tsc, '-p', project]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(faults).toBe('');
  });
});

describe('the tarball', () => {
  test('holds the built package, its documents and examples and the sources of the addon, nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    const outside = /^(dist\/(lib|fallback)\/.*\.(js|d\.ts)|native\/|prebuilds\/|docs\/|examples\/|[^/]+$)/;
    expect(paths.filter((path) => !outside.test(path))).toEqual([]);
    expect(paths.filter((path) => /(^|\/)(test|data|bench|scripts)\/|\.test\.|tsbuildinfo|\.tgz$/.test(path))).toEqual(
      [],
    );
    // npm would compile by itself what has a binding.gyp at its root.
    expect(paths).not.toContain('binding.gyp');
    expect(paths).toEqual(
      expect.arrayContaining(['LICENSE', 'native/binding.gyp', 'native/winpeer.gypi', 'native/addon.cc']),
    );
  });

  test('is below one megabyte without prebuilt addons', () => {
    expect(packed.files.some(({ path }) => path.startsWith('prebuilds/')) ? 0 : packed.size).toBeLessThan(1_000_000);
  });

  test('every file that the manifest names is there', async () => {
    const entries = Object.values(manifest.exports).flatMap((it) =>
      typeof it === 'string' ? [it] : [it.types, it.default],
    );
    const paths = packed.files.map(({ path }) => `./${path}`);
    expect(paths).toEqual(expect.arrayContaining([...entries, manifest.main, manifest.types, manifest.bin.winpeer]));
    expect(await readdir(join(folder, 'node_modules/winpeer/dist'))).toEqual(['fallback', 'lib']);
  });
});

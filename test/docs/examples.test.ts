import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/**
 * Every ```ts block of the README and of docs/ is a whole program and compiles. One that is fenced as ```ts runs is also
 * run: it must end by itself with 0, and print what the ```text block right behind it says, if there is one.
 */
const DOCUMENTS = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
);
const BLOCK = /^```ts( runs)?\n(?<code>[\s\S]*?)^```\n(?:\s*^```text\n(?<output>[\s\S]*?)^```\n)?/gm;

/** Inside the checkout, so that `winpeer` is the package itself. */
const FOLDER = 'build/examples';

interface Example {
  readonly title: string;
  readonly file: string;
  readonly code: string;
  readonly runs: boolean;
  readonly output: string | undefined;
}

const examples: readonly Example[] = DOCUMENTS.flatMap((path) => {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(BLOCK)].map(({ 1: runs, index, groups }): Example => {
    const line = text.slice(0, index).split('\n').length;
    return {
      title: `${path}:${line}`,
      file: `${path.replace(/\W/g, '-')}-${line}`,
      code: groups?.code ?? '',
      runs: runs !== undefined,
      output: groups?.output,
    };
  });
});

function node(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 15_000, env: { ...process.env, ...env } });
}

describe('the examples of the documents', () => {
  const home = mkdtempSync(join(tmpdir(), 'winpeer-examples-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  beforeAll(() => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    for (const { file, code } of examples) writeFileSync(join(FOLDER, `${file}.ts`), code);
    const compilerOptions = { noUnusedLocals: false, rootDir: '.' };
    const config = { extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] };
    writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
    expect(node(['node_modules/typescript/bin/tsc', '-p', FOLDER]).stdout).toBe('');
  });

  test.each(examples.filter(({ runs }) => runs))('$title runs', ({ file, output }) => {
    const { status, signal, stdout, stderr } = node([join(FOLDER, `${file}.js`)], { WINPEER_HOME: home });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    if (output !== undefined) expect(stdout).toBe(output);
  });

  test('the README has one that runs and shows its output', () => {
    expect(examples.some(({ title, runs, output }) => title.startsWith('README.md') && runs && output)).toBe(true);
  });
});

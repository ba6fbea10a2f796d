import { describe, expect, test } from 'vitest';
import { hostPorts } from '../../scripts/check/host-ports.mjs';
import { importDirections } from '../../scripts/check/imports.mjs';
import { lockfileFaults } from '../../scripts/check/lockfile.mjs';
import { readingFaults } from '../../scripts/check/readings.mjs';
import { parse } from '../../scripts/check/source.mjs';

describe('import directions', () => {
  test.each([
    ['lib/pnrp.ts', "import { x } from '../fallback/pnrp/index.js';"],
    ['lib/pnrp.ts', "import type { x } from '../fallback/context.js';"],
    ['lib/pnrp.ts', "const x = await import('../fallback/pnrp/index.js');"],
    ['lib/pnrp.ts', "export * from '../fallback/pnrp/index.js';"],
    ['lib/pnrp.ts', "type X = import('../fallback/context.js').X;"],
    ['lib/testing.ts', "import { x } from '../fallback/runtime/host.js';"],
    ['lib/platform.ts', "import { x } from './cli/main.js';"],
    ['lib/pnrp.ts', "import { x } from 'winpeer';"],
    ['lib/backend/contract/pnrp.ts', "import type { x } from '../../errors.js';"],
    ['lib/backend/native/identity.ts', "import { x } from '../../../fallback/identity/certificates.js';"],
    ['lib/backend/native/identity.ts', "import { x } from '../select.js';"],
    ['lib/backend/native/identity.ts', "import { x } from '../../platform.js';"],
    ['fallback/pnrp/node.ts', "import { x } from '../../lib/platform.js';"],
    ['fallback/pnrp/node.ts', "import { x } from '../../lib/backend/contract/host.js';"],
    ['fallback/pnrp/node.ts', "import type { x } from '../identity/index.js';"],
    ['fallback/pnrp/node.ts', "import { x } from '../runtime/host.js';"],
    ['fallback/pnrp/node.ts', "import { x } from '#fallback/pnrp/other';"],
    ['fallback/wire/codec.ts', "import { x } from '../routing/ring.js';"],
    ['fallback/routing/ring.ts', "import { x } from '../pnrp/node.js';"],
  ])('refuses in %s: %s', (path, text) => {
    expect(importDirections(parse(path, text))).toHaveLength(1);
  });

  test.each([
    ['lib/backend/select.ts', "const x = await import('../../fallback/pnrp/index.js');"],
    ['lib/testing.ts', "import { x } from '../fallback/runtime/virtual/virtual-network.js';"],
    ['lib/cli/main.ts', "import { x } from '../platform.js';"],
    ['lib/pnrp.ts', "import type { x } from './backend/contract/pnrp.js';"],
    ['lib/backend/contract/pnrp.ts', "import type { x } from './host.js';"],
    [
      'lib/backend/native/identity.ts',
      "import { x } from '../../errors.js';\nimport type { y } from '../contract/host.js';",
    ],
    ['lib/backend/native/identity.ts', "import { x } from './addon.js';"],
    ['fallback/pnrp/node.ts', "import type { x } from '../../lib/backend/contract/host.js';"],
    ['fallback/pnrp/node.ts', "import { type x } from '../../lib/backend/contract/host.js';"],
    ['fallback/pnrp/node.ts', "import { x } from '../../lib/errors.js';"],
    ['fallback/pnrp/node.ts', "import { x } from '../wire/codec.js';\nimport { y } from './cpa.js';"],
    ['fallback/pnrp/certificate-chain.ts', "import { x } from '../certificates/certificate-chain.js';"],
    ['fallback/pnrp/node.ts', "import type { x } from '../context.js';"],
    ['fallback/pnrp/node.ts', "import type { x } from '../runtime/host.js';"],
    ['fallback/pnrp/node.ts', "import { x } from '@peculiar/x509';"],
  ])('accepts in %s: %s', (path, text) => {
    expect(importDirections(parse(path, text))).toEqual([]);
  });
});

describe('host ports', () => {
  test.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const x = Math.random();',
    'setTimeout(f, 10);',
    'const e = process.env.X;',
    "import { readFile } from 'node:fs/promises';",
    "import { randomBytes } from 'node:crypto';",
    "import { connect } from 'node:net';",
  ])('an engine must not reach past them: %s', (text) => {
    expect(hostPorts(parse('fallback/pnrp/node.ts', text))).toHaveLength(1);
    expect(hostPorts(parse('fallback/runtime/clock.ts', text))).toEqual([]);
  });

  test.each([
    'const then = new Date(0);',
    'const x = Math.max(1, 2);',
    'host.clock.setTimeout(f, 10);',
    "import type { Socket } from 'node:dgram';",
    "import { createHash } from 'node:crypto';",
    "import { isIPv6 } from 'node:net';",
  ])('an engine may: %s', (text) => {
    expect(hostPorts(parse('fallback/pnrp/node.ts', text))).toEqual([]);
  });
});

describe('readings', () => {
  const readings = { 'a.order': { candidates: ['3des', '3des-rc2'] } };
  const taken = parse('fallback/a/code.ts', '// UNCONFIRMED: a.order\nf();');
  const titles = ['x > reading a.order = 3des', 'y: reading a.order = 3des-rc2 is taken'];
  const messages = (code: string, list: readonly string[]) =>
    readingFaults([taken, parse('fallback/a/more.ts', code)], readings, list).map((fault) => fault.message);

  test('in order', () => {
    expect(messages('', titles)).toEqual([]);
  });

  test('a mark without a reading', () => {
    expect(messages('// UNCONFIRMED: a.size', titles)).toEqual(['no reading is called a.size']);
    expect(messages('/* UNCONFIRMED, perhaps */', titles)).toEqual(['UNCONFIRMED names no reading']);
  });

  test('a candidate without a test, though another begins like it', () => {
    expect(messages('', titles.slice(1))).toEqual(['a.order: no test\'s title contains "reading a.order = 3des"']);
  });

  test('a reading that no code takes', () => {
    expect(readingFaults([], readings, titles).map((fault) => fault.message)).toEqual([
      'a.order: no code takes it (`UNCONFIRMED: a.order`)',
    ]);
  });
});

test('the lock file names no registry and has the binaries of all platforms', () => {
  const optionalDependencies = { '@tool/linux': '1.0.0', '@tool/windows': '1.0.0' };
  const complete = {
    'node_modules/tool': { optionalDependencies },
    'node_modules/@tool/linux': {},
    'node_modules/tool/node_modules/@tool/windows': {},
  };
  expect(lockfileFaults(complete)).toEqual([]);
  expect(lockfileFaults({ 'node_modules/tool': { resolved: 'https://host/tool.tgz', optionalDependencies } })).toEqual([
    'node_modules/tool names a registry: https://host/tool.tgz',
    'node_modules/tool lacks @tool/linux',
    'node_modules/tool lacks @tool/windows',
  ]);
});

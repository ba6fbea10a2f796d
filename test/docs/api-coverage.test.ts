import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface InventoryFunction {
  readonly name: string;
  readonly errors: readonly string[];
  readonly successCodes?: readonly string[];
  readonly completionErrors?: readonly string[];
}
interface Inventory {
  readonly areas: readonly { readonly area: string; readonly functions: readonly InventoryFunction[] }[];
  readonly errors: Readonly<Record<string, unknown>>;
  readonly errorAliases: Readonly<Record<string, unknown>>;
}

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const inventory = JSON.parse(read('data/inventory.json')) as Inventory;
const functions = inventory.areas.flatMap((area) => area.functions);
const functionNames = new Set(functions.map((fn) => fn.name));
const codeNames = new Set([...Object.keys(inventory.errors), ...Object.keys(inventory.errorAliases)]);
const guide = read('docs/api.md');
const contracts = new Map(
  readdirSync(new URL('lib/backend/contract/', root)).map((file) => [file, read(`lib/backend/contract/${file}`)]),
);
const publicFiles = readdirSync(new URL('lib/', root), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read(`lib/${file}`));
const ownTypes = new Set(
  publicFiles.flatMap((source) =>
    [...source.matchAll(/export (?:class|interface|type) (\w+)/g)].map(([, name]) => name ?? ''),
  ),
);

/** Areas whose contract is held to name every documented code beside its function. */
const strictAreas = {
  graphing: 'graphing.ts',
  grouping: 'grouping.ts',
  collaboration: 'collaboration.ts',
  drt: 'drt.ts',
  distribution: 'distribution.ts',
  'winsock-pnrp': 'winsock.ts',
} as const;

function backticked(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, word]) => word ?? '');
}

/** A word with the look of a Windows function that is not one of the types of this package. */
function looksLikeFunction(word: string): boolean {
  return /^(?:Peer|Drt|WSA)(?=\w*[a-z])[A-Z][A-Za-z0-9]*$/.test(word) && !ownTypes.has(word);
}

function looksLikeCode(word: string): boolean {
  return (
    /^(?:PEER_[ES]|DRT_[ES]|PEERDIST_ERROR|WSA_E|WSA_PNRP|E|ERROR)_[A-Z]\w+$/.test(word) && !word.startsWith('ERR_')
  );
}

function docComments(source: string): string[] {
  return [...source.matchAll(/\/\*\*.*?\*\//gs)].map(([comment]) => comment);
}

function documentedCodes(fn: InventoryFunction): string[] {
  const success = (fn.successCodes ?? []).filter((code) => /^(?:PEER|DRT)_S_/.test(code));
  const codes = [...fn.errors, ...(fn.completionErrors ?? []), ...success];
  // Success codes of reading a queue that is empty: the queue has no counterpart.
  return [...new Set(codes)].filter((code) => code !== 'PEER_S_NO_EVENT_DATA');
}

/** One `##` section of the guide. */
function section(title: string): string {
  return guide.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';
}

/** What any call of a section may reject with. */
function anyCallCodes(title: string): string[] {
  const paragraphs = section(title).split('\n\n');
  return paragraphs.filter((paragraph) => paragraph.startsWith('**Any call**')).flatMap(backticked);
}

const rows = guide.split('\n').filter((line) => line.startsWith('|'));
const withoutCounterpart = new Set(backticked(section('Functions without a counterpart')));

describe('the API guide', () => {
  it('reads an inventory of 205 functions', () => {
    expect(functions).toHaveLength(205);
  });

  it('names every Windows function', () => {
    const named = new Set(backticked(guide));
    expect(functions.filter((fn) => !named.has(fn.name)).map((fn) => fn.name)).toEqual([]);
  });

  it('names every documented code in a row of its function, or among the codes of any call', () => {
    const missing = inventory.areas.flatMap(({ area, functions: own }) => {
      const general = [...anyCallCodes('Errors'), ...anyCallCodes(area === 'winsock-pnrp' ? 'winsock' : area)];
      return own.flatMap((fn) => {
        const named = new Set([
          ...general,
          ...rows.filter((row) => row.includes(`\`${fn.name}\``)).flatMap(backticked),
        ]);
        return documentedCodes(fn)
          .filter((code) => !named.has(code))
          .map((code) => `${fn.name}: ${code}`);
      });
    });
    expect(missing).toEqual([]);
  });

  it('has a row for every function', () => {
    const inRows = new Set(rows.flatMap(backticked));
    expect(functions.filter((fn) => !inRows.has(fn.name)).map((fn) => fn.name)).toEqual([]);
  });

  it('names no function and no code that Windows does not have', () => {
    const words = backticked(guide);
    expect(words.filter((word) => looksLikeFunction(word) && !functionNames.has(word))).toEqual([]);
    expect(words.filter((word) => looksLikeCode(word) && !codeNames.has(word))).toEqual([]);
  });
});

describe('the contracts', () => {
  it.each([...contracts])('%s names no function and no code that Windows does not have', (_file, source) => {
    const words = docComments(source).flatMap(backticked);
    expect(words.filter((word) => looksLikeFunction(word) && !functionNames.has(word))).toEqual([]);
    expect(words.filter((word) => looksLikeCode(word) && !codeNames.has(word))).toEqual([]);
  });

  it.each(Object.entries(strictAreas))(
    'of %s name every function that has a counterpart, with its codes',
    (area, file) => {
      const comments = docComments(contracts.get(file) ?? '');
      // The first comment that stands before an interface of the area tells what any call may fail with.
      const anyCall = backticked(comments.find((comment) => /any call|one list of codes/i.test(comment)) ?? '');
      const own = inventory.areas.find((candidate) => candidate.area === area)?.functions ?? [];
      const missing = own
        .filter((fn) => !withoutCounterpart.has(fn.name))
        .flatMap((fn) => {
          const places = comments.filter((comment) => backticked(comment).includes(fn.name));
          if (places.length === 0) return [fn.name];
          const named = new Set([...anyCall, ...places.flatMap(backticked)]);
          return documentedCodes(fn)
            .filter((code) => !named.has(code))
            .map((code) => `${fn.name}: ${code}`);
        });
      expect(own.length).toBeGreaterThan(0);
      expect(missing).toEqual([]);
    },
  );
});

describe('the public classes', () => {
  it('carry only tags of functions that Windows has', () => {
    const tags = publicFiles.flatMap((source) =>
      [...source.matchAll(/@win32 (.+)/g)].flatMap(([, names]) => (names ?? '').split(', ')),
    );
    expect(tags.length).toBeGreaterThan(0);
    expect(tags.filter((name) => !functionNames.has(name))).toEqual([]);
  });
});

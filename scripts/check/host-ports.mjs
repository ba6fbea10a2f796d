// An engine takes time, chance, sockets and disk from the ports of its Host alone, or the virtual network could not
// replay it from a seed. Only fallback/runtime, which makes the ports, reaches for the machine.
import { Visitor } from 'oxc-parser';

/** @typedef {import('./source.mjs').Fault} Fault */

/** What an engine may take from Node.js: names of pure functions, module by module. @type {Readonly<Record<string, RegExp>>} */
const PURE = {
  'node:buffer': /^/,
  'node:crypto': /^(?!random|getRandom)/,
  'node:net': /^isIP/,
  'node:util': /^/,
};
const GLOBALS = ['setTimeout', 'setInterval', 'setImmediate', 'process', 'performance', 'fetch', 'navigator'];
const MEMBERS = ['Date.now', 'Math.random', 'crypto.getRandomValues', 'crypto.randomUUID'];

/** @param {import('./source.mjs').Source} source @returns {Fault[]} */
export function hostPorts(source) {
  if (!source.path.startsWith('fallback/') || source.path.startsWith('fallback/runtime/')) return [];
  /** @type {Fault[]} */
  const faults = [];
  /** @param {{ start: number }} node @param {string} what */
  const refuse = (node, what) => faults.push(source.fault(node.start, `${what} reaches past the Host's ports`));

  for (const { start, moduleRequest, entries } of source.module.staticImports) {
    const specifier = moduleRequest.value;
    if (!specifier.startsWith('node:')) continue;
    for (const { importName, isType } of entries) {
      const name = importName.name ?? '*';
      if (!isType && !PURE[specifier]?.test(name)) refuse({ start }, `${name} of ${specifier}`);
    }
  }
  new Visitor({
    CallExpression: ({ callee }) => {
      if (callee.type === 'Identifier' && GLOBALS.includes(callee.name)) refuse(callee, callee.name);
    },
    NewExpression: (node) => {
      const isNow = node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0;
      if (isNow) refuse(node, 'new Date()');
    },
    MemberExpression: (node) => {
      if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return;
      const name = `${node.object.name}.${node.property.name}`;
      if (MEMBERS.includes(name) || GLOBALS.includes(node.object.name)) refuse(node, name);
    },
  }).visit(source.program);
  return faults;
}

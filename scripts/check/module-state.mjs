// A platform owns every piece of state, so a module has none: no binding at its top level can be set again or changed.
// Tables are fine where the language itself keeps them constant: `as const`, `Object.freeze`, or a readonly annotation.
import { Visitor } from 'oxc-parser';

/** @typedef {import('oxc-parser').Expression} Expression */
/** @typedef {import('oxc-parser').TSType} TSType */
/** @typedef {import('./source.mjs').Fault} Fault */

const CHANGEABLE = ['Array', 'Map', 'Set', 'WeakMap', 'WeakSet', 'EventEmitter', 'EventTarget', 'AbortController'];
const CHANGEABLE_TYPES = ['Array', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Record', 'Partial'];
const READONLY_TYPES = ['Readonly', 'ReadonlyArray', 'ReadonlyMap', 'ReadonlySet'];
const MAKERS = ['Array.from', 'Array.of', 'Object.create', 'Object.assign', 'Object.fromEntries', 'structuredClone'];
const CHANGES = [
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'set',
  'add',
  'delete',
  'clear',
];
const CHANGING_CALLS = ['Object.assign', 'Object.defineProperty', 'Object.setPrototypeOf'];

/** @param {import('./source.mjs').Source} source @returns {Fault[]} */
export function moduleState(source) {
  /** @type {Fault[]} */
  const faults = [];
  /** Those that the compiler does not keep from being changed. @type {Set<string>} */
  const constants = new Set();

  /** @param {{ start: number }} node @param {string} name @param {Expression | null | undefined} value @param {TSType | undefined} type */
  const binding = (node, name, value, type) => {
    const why = changeable(value, type);
    if (why) faults.push(source.fault(node.start, `${name} is module state: ${why}`));
  };

  for (const statement of source.program.body) {
    const declared =
      statement.type.startsWith('Export') && 'declaration' in statement ? statement.declaration : statement;
    if (declared?.type === 'VariableDeclaration' && !declared.declare) {
      for (const { id, init, start } of declared.declarations) {
        const name = id.type === 'Identifier' ? id.name : source.text(id.start, id.end);
        if (declared.kind === 'let' || declared.kind === 'var') {
          faults.push(source.fault(start, `${name} is module state: a top-level \`${declared.kind}\``));
        } else {
          const type = id.typeAnnotation?.typeAnnotation;
          binding(declared, name, init, type);
          if (!isReadonly(type) && !isConst(init)) constants.add(name);
        }
      }
    }
    if (declared?.type === 'ClassDeclaration') {
      for (const member of declared.body.body) {
        if (member.type !== 'PropertyDefinition' || !member.static) continue;
        const name = `${declared.id?.name}.${source.text(member.key.start, member.key.end)}`;
        if (!member.readonly) faults.push(source.fault(member.start, `${name} is module state: static, not readonly`));
        else binding(member, name, member.value, member.typeAnnotation?.typeAnnotation);
      }
    }
  }
  faults.push(...changes(source, constants));
  return faults;
}

/** Why a constant with this value can still be changed. @param {Expression | null | undefined} value @param {TSType | undefined} type @returns {string | undefined} */
function changeable(value, type) {
  if (!value || isReadonly(type)) return undefined;
  const typeName = type?.type === 'TSTypeReference' && type.typeName.type === 'Identifier' ? type.typeName.name : '';
  if (type?.type === 'TSArrayType' || CHANGEABLE_TYPES.includes(typeName)) return 'its type can be changed';
  switch (value.type) {
    case 'ParenthesizedExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
      return changeable(value.expression, type);
    case 'TSAsExpression':
      return changeable(value.expression, value.typeAnnotation);
    case 'ArrayExpression':
      return 'an array that is neither `as const` nor annotated `readonly`';
    case 'ObjectExpression': {
      // An object of a named type is a value of that type, a codec for instance; what its type leaves open is caught as a change.
      const open = value.properties.some(
        (property) => property.type === 'SpreadElement' || !isFunction(property.value),
      );
      if (value.properties.length > 0 && (typeName || !open)) return undefined;
      return 'an object that is neither `as const`, frozen nor of a named type';
    }
    case 'NewExpression': {
      const name = value.callee.type === 'Identifier' ? value.callee.name : '';
      return CHANGEABLE.includes(name) ? `a ${name} without a readonly annotation` : undefined;
    }
    case 'CallExpression': {
      const maker = MAKERS.find((candidate) => candidate === dotted(value.callee));
      return maker && `the result of ${maker} without a readonly annotation`;
    }
    default:
      return undefined;
  }
}

/** @param {TSType | undefined} type */
function isReadonly(type) {
  if (type?.type === 'TSTypeOperator') return type.operator === 'readonly';
  if (type?.type === 'TSMappedType') return type.readonly === true || type.readonly === '+';
  if (type?.type === 'TSTypeLiteral') {
    return type.members.every(
      (member) => member.type === 'TSMethodSignature' || ('readonly' in member && member.readonly),
    );
  }
  if (type?.type !== 'TSTypeReference' || type.typeName.type !== 'Identifier') return false;
  return type.typeName.name === 'const' || READONLY_TYPES.includes(type.typeName.name);
}

/** @param {Expression | null} value @returns {boolean} */
function isConst(value) {
  if (value?.type === 'TSSatisfiesExpression') return isConst(value.expression);
  return value?.type === 'TSAsExpression' && isReadonly(value.typeAnnotation);
}

/** @param {Expression} value */
function isFunction(value) {
  return value.type === 'FunctionExpression' || value.type === 'ArrowFunctionExpression';
}

/** `Object.assign` for the expression of that spelling. @param {Expression} node */
function dotted(node) {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return undefined;
  return node.property.type === 'Identifier' ? `${node.object.name}.${node.property.name}` : undefined;
}

/** Places that write into one of `constants`. @param {import('./source.mjs').Source} source @param {ReadonlySet<string>} constants */
function changes(source, constants) {
  /** @type {Fault[]} */
  const faults = [];
  /** @param {{ type: string, start: number } | undefined} target */
  const change = (target) => {
    let root = /** @type {any} */ (target);
    while (root?.type === 'MemberExpression') root = root.object;
    if (root?.type === 'Identifier' && constants.has(root.name)) {
      faults.push(source.fault(root.start, `${root.name} is module state: it is changed here`));
    }
  };
  /** @param {{ type: string, start: number }} target */
  const write = (target) => target.type === 'MemberExpression' && change(target);
  new Visitor({
    AssignmentExpression: (node) => void write(node.left),
    UpdateExpression: (node) => void write(node.argument),
    UnaryExpression: (node) => void (node.operator === 'delete' && write(node.argument)),
    CallExpression: ({ callee, arguments: given }) => {
      if (CHANGING_CALLS.includes(dotted(callee) ?? '')) change(given[0]);
      else if (callee.type === 'MemberExpression' && callee.property.type === 'Identifier') {
        if (CHANGES.includes(callee.property.name)) write(callee);
      }
    },
  }).visit(source.program);
  return faults;
}

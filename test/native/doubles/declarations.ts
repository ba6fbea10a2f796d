import { areas } from '../../../scripts/inventory.mjs';

type Area = (typeof areas)[number];
type Field = Area['structs'][number]['fields'][number];
type Parameter = Area['functions'][number]['parameters'][number];

/** The C++ of what mingw-w64 has no header for: written from the inventory, and never from native/sdk. */
export function declarationsOf(names: readonly string[]): string {
  return areas
    .filter(({ area }) => names.includes(area))
    .flatMap(({ handleTypes, enums, callbacks, structs }) => [
      ...Object.entries(handleTypes).map(([name, type]) => `typedef ${type} ${name}, *P${name};`),
      ...enums.map(({ name, values }) => {
        const members = Object.entries(values).map(([member, value]) => `  ${member} = ${value},\n`);
        return `enum ${name} {\n${members.join('')}};`;
      }),
      // Those of a provider's structure are declared with it.
      ...callbacks
        .filter(({ name }) => !name.includes('.'))
        .map(({ name, returns, parameters }) => `typedef ${returns}(CALLBACK* ${name})(${listed(parameters)});`),
      ...structs.map(({ name, fields }) => {
        const aliases = `typedef ${name}* P${name};\ntypedef const ${name}* PC${name};`;
        return `struct ${name} {\n${fields.map(member).join('')}};\n${aliases}`;
      }),
    ])
    .map((it) => `${it}\n`)
    .join('\n');
}

function member({ name, type, returns, parameters = [], members = [] }: Field): string {
  if (type === 'function') return `  ${returns} (*${name})(${listed(parameters)});\n`;
  if (type === 'struct' || type === 'union') return `  ${type} {\n${members.map(member).join('')}  } ${name ?? ''};\n`;
  const [, of = type, count = ''] = /^(.*)(\[\d+\])$/.exec(type) ?? [];
  return `  ${of} ${name}${count};\n`;
}

function listed(parameters: readonly Parameter[]): string {
  return parameters.map(({ type, name }) => `${type} ${name}`).join(', ');
}

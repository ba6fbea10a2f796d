import type { Command } from 'commander';
import { colours } from './output.js';
import { action } from './session.js';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('whether this machine has what the protocols need')
    .action(
      action(async ({ platform, out }) => {
        const checks = await platform.doctor();
        const { green, red, cyan } = colours(process.stdout);
        const marks = { ok: green('ok'), problem: red('problem'), hint: cyan('hint') };
        const lines = checks.flatMap(({ check, state, detail, advice }) => [
          `${check.padEnd(12)} ${marks[state]}: ${detail}`,
          ...(advice === undefined ? [] : [`${''.padEnd(12)} ${advice}`]),
        ]);
        out.print({ checks }, lines.join('\n'));
      }),
    );
}

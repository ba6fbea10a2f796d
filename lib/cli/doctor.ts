import type { Command } from 'commander';
import pc from 'picocolors';
import { action } from './session.js';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('whether this machine has what the protocols need')
    .action(
      action(async ({ platform, out }) => {
        const checks = await platform.doctor();
        const marks = { ok: pc.green('ok'), problem: pc.red('problem'), hint: pc.cyan('hint') };
        const lines = checks.flatMap(({ check, state, detail, advice }) => [
          `${check.padEnd(12)} ${marks[state]}: ${detail}`,
          ...(advice === undefined ? [] : [`${''.padEnd(12)} ${advice}`]),
        ]);
        out.print({ checks }, lines.join('\n'));
      }),
    );
}

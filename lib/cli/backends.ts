import type { Command } from 'commander';
import { table } from './output.js';
import { action } from './session.js';

export function addBackends(program: Command): void {
  program
    .command('backends')
    .description('which backend serves each area, and why')
    .action(
      action(async ({ platform, out }) => {
        const report = await platform.backends();
        const rows = report.areas.map((it) => [it.area, it.backend, it.reason, it.detail]);
        out.print(report, `${report.platform}\n\n${table(['area', 'backend', 'reason', 'detail'], rows)}`);
      }),
    );
}

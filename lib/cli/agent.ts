import type { Command } from 'commander';
import { action, interrupted, type Session } from './session.js';

/** Far apart: it does nothing but keep the process alive. */
const ALIVE_MS = 60_000;

export function addAgent(program: Command): void {
  program
    .command('agent')
    .description('keep what this user’s processes share, for commands that come and go, until Ctrl-C')
    .action(action(agent));
}

/** What is shared stays open with the platform, whoever else comes and goes. */
async function agent({ platform, out, signal }: Session): Promise<void> {
  const { fault } = await platform.distribution.cache.usage();
  if (fault !== undefined) out.warn(fault);
  out.print({ event: 'listening', areas: ['distribution'] }, 'keeping the cache of contents');
  const alive = setInterval(() => undefined, ALIVE_MS);
  await interrupted(signal);
  clearInterval(alive);
}

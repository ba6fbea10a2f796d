#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addAgent } from './agent.js';
import { addBackends } from './backends.js';
import { addBuildNative } from './build-native.js';
import { addDemo } from './demo.js';
import { addDist } from './dist.js';
import { addDoctor } from './doctor.js';
import { addIdentity } from './identity.js';
import { addName } from './name.js';
import { addPnrp } from './pnrp.js';

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('winpeer')
  .description('The Windows Peer-to-Peer platform on any machine')
  .version(manifest.version)
  .option('--json', 'print JSON: one object, or one a line while the command runs')
  .option('--backend <which>', 'auto, native, fallback, or a list such as pnrp=fallback')
  .option(
    '--home <dir>',
    'folder of identities, databases and caches (default WINPEER_HOME, else the user’s data folder)',
  )
  .option('-v, --verbose', 'show where an error comes from')
  .showHelpAfterError('(winpeer --help shows the commands)')
  .exitOverride();

for (const add of [addBackends, addDoctor, addIdentity, addName, addPnrp, addDist, addAgent, addDemo, addBuildNative])
  add(program);

// A reader that closed the pipe has seen enough: that is no failure.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  process.exitCode = 1;
  process.stderr.write(`winpeer: standard output: ${message}\n`);
});

program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
});

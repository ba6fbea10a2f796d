// `prepublishOnly`: refuses to publish without the addons of the release workflow, with one that was cross-built, and what a
// release can't be.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prebuildFaults } from './check/addon.mjs';
import { releaseFaults } from './check/release.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const faults = prebuildFaults('prebuilds');
if (faults.length > 0) faults.push('prebuilds/ must hold what .github/workflows/release.yml builds with Visual Studio');
faults.push(...releaseFaults(JSON.parse(readFileSync('package.json', 'utf8')), process.env));
if (faults.length > 0) {
  for (const fault of faults) console.error(fault);
  console.error('Not published.');
  process.exitCode = 1;
}

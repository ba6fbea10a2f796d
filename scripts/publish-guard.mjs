// `prepublishOnly`: refuses to publish without the addons of the release workflow, and with one that was cross-built.
import { fileURLToPath } from 'node:url';
import { prebuildFaults } from './check/addon.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const faults = prebuildFaults('prebuilds');
if (faults.length > 0) {
  for (const fault of faults) console.error(fault);
  console.error('Not published: prebuilds/ must hold what .github/workflows/release.yml builds with Visual Studio.');
  process.exitCode = 1;
}

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('a listener for hops that throws is reported as uncaught, and the search goes on', () => {
  const program = `
    import { network } from 'winpeer/testing';
    const heard = new Set();
    process.on('uncaughtException', (error) => heard.add('uncaught ' + error.message));
    const net = network({ seed: 1 });
    const [alice, bob] = [net.platform(), net.platform()];
    await alice.pnrp.register('0.x', { port: 7 });
    const { endpoints, timedOut } = await bob.pnrp.resolve('0.x', { onHop: () => { throw new Error('mine'); } });
    console.log(endpoints[0].addresses[0].port, timedOut, ...heard);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '7 false uncaught mine\n', stderr: '' });
});

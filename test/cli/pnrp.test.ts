import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { suite } from '../needs.ts';
import { type Finished, type Line, MAIN, type Running, type Workplace, workplace } from './command.ts';

const LOOPBACK = ['--listen', '[::1]:0'];
const LISTENING = /^\[::1\]:\d+$/;

/** A node, and the options with which others find it. */
async function host(at: Workplace): Promise<{ node: Running; seed: string[]; listening: Line }> {
  const node = at.start(['--json', 'pnrp', 'host', ...LOOPBACK]);
  const listening = await node.event('listening');
  return { node, listening, seed: [...LOOPBACK, '--seed', (listening.addresses as string[])[0] as string] };
}

/** The address of something that takes datagrams and never says a word. */
async function silence(finished: Finished): Promise<string> {
  const socket = createSocket('udp6').bind(0, '::1');
  finished(async () => void socket.close());
  await once(socket, 'listening');
  return `[::1]:${socket.address().port}`;
}

describe.concurrent('winpeer pnrp', () => {
  test('host, register and resolve are three processes; Ctrl-C takes the name back at once', async ({
    onTestFinished,
  }) => {
    const at = await workplace(onTestFinished);
    const { node, seed, listening } = await host(at);
    expect(listening).toEqual({ event: 'listening', cloud: 'Global_', addresses: [expect.stringMatching(LISTENING)] });

    const content = ['--address', '[::1]:5001', '--comment', 'Grüße, 世界', '--payload', '00FF7f'];
    const publisher = at.start(['--json', 'pnrp', 'register', '0.Schach é', ...content, ...seed]);
    const { p2pId } = await at.json('name', 'parse', '0.Schach é');
    const registered = await publisher.event('registered');
    const own = [expect.stringMatching(LISTENING)];
    expect(registered).toEqual({
      event: 'registered',
      peerName: '0.Schach é',
      cloud: 'Global_',
      p2pId,
      listening: own,
    });
    expect(await node.event('statistics')).toEqual({
      event: 'statistics',
      names: 1,
      cached: expect.any(Number),
      resolves: expect.any(Number),
    });

    const [found, read] = await Promise.all([
      at.json('pnrp', 'resolve', '0.Schach é', ...seed),
      at.run(['pnrp', 'resolve', '0.Schach é', ...seed]),
    ]);
    const endpoint = { peerName: '0.Schach é', addresses: ['[::1]:5001'], comment: 'Grüße, 世界', payload: '00ff7f' };
    const number = expect.any(Number);
    expect(found).toEqual({ endpoints: [endpoint], hops: number, joinMs: number, ms: number });
    expect(read).toMatchObject({
      code: 0,
      stdout: 'name       0.Schach é\naddresses  [::1]:5001\ncomment    Grüße, 世界\npayload    00ff7f\n',
      stderr: '',
    });

    publisher.signal('SIGINT');
    expect(await publisher.ended).toMatchObject({ code: 130, stderr: '' });
    const gone = await at.run(['--json', 'pnrp', 'resolve', '0.Schach é', ...seed]);
    expect(gone).toMatchObject({ code: 1, stderr: 'winpeer: nothing was found as 0.Schach é in Global_\n' });
    expect(JSON.parse(gone.stdout)).toEqual({ endpoints: [], hops: number, joinMs: number, ms: number });

    node.signal('SIGINT');
    expect(await node.ended).toMatchObject({ code: 130, stderr: '' });
    expect((await readdir(at.home)).filter((name) => /lock|draft/.test(name))).toEqual([]);
  });

  test('processes of one home find each other without seeds', async ({ onTestFinished }) => {
    const at = await workplace(onTestFinished);
    const names = ['0.one', '0.two'];
    for (const [n, name] of names.entries()) {
      const publisher = at.start(['--json', 'pnrp', 'register', name, '--port', String(n + 1), ...LOOPBACK]);
      await publisher.event('registered');
    }
    for (const [n, name] of names.entries()) {
      const { endpoints } = await at.json('pnrp', 'resolve', name, ...LOOPBACK);
      expect(endpoints).toEqual([expect.objectContaining({ addresses: [`[::1]:${n + 1}`] })]);
    }
  });

  test('a name goes with the process that is killed, and a search for it is exit code 1', async ({
    onTestFinished,
  }) => {
    const at = await workplace(onTestFinished);
    const { seed } = await host(at);
    const peerName = await at.identity('Ada');
    const publisher = at.start(['--json', 'pnrp', 'register', peerName, '--port', '5001', ...seed]);
    await publisher.event('registered');
    expect((await at.json('pnrp', 'resolve', peerName, ...seed)).endpoints).toHaveLength(1);
    publisher.signal('SIGKILL');
    expect(await publisher.ended).toMatchObject({ signal: 'SIGKILL' });
    const { code, stdout, stderr } = await at.run(['pnrp', 'resolve', peerName, ...seed]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`winpeer: nothing was found as ${peerName} in Global_\n`);
  });

  test('only --timeout that cut the search is 124; it covers entering the cloud', async ({ onTestFinished }) => {
    const at = await workplace(onTestFinished);
    const nobody = [...LOOPBACK, '--seed', await silence(onTestFinished)];
    const [cut, patient] = await Promise.all([
      at.run(['--json', 'pnrp', 'resolve', '0.x', '--timeout', '0.2', ...nobody]),
      at.run(['--json', 'pnrp', 'resolve', '0.x', '--timeout', '60', ...nobody]),
    ]);
    expect(cut).toMatchObject({ code: 124, stderr: 'winpeer: --timeout ended the search for 0.x after 0.2 s\n' });
    expect(patient).toMatchObject({ code: 1, stderr: 'winpeer: nothing was found as 0.x in Global_\n' });
    for (const { stdout } of [cut, patient]) expect(JSON.parse(stdout)).toMatchObject({ endpoints: [], hops: 0 });
  });

  test('clouds', async ({ onTestFinished }) => {
    const at = await workplace(onTestFinished);
    const [{ clouds }, { code, stdout }] = await Promise.all([at.json('pnrp', 'clouds'), at.run(['pnrp', 'clouds'])]);
    for (const cloud of clouds as Line[]) expect(Object.keys(cloud)).toEqual(['name', 'scope', 'scopeId', 'state']);
    expect(code).toBe(0);
    expect(stdout).toMatch((clouds as Line[]).length === 0 ? /^no cloud: / : /^name +scope +scope id +state\n/);
  });
});

describe.concurrent('winpeer pnrp where the service of Windows has the clouds open', () => {
  const module = (name: string): string => new URL(`../${name}.js`, pathToFileURL(MAIN)).href;
  /** Tells what it is asked for by what it answers. */
  const standIn = `
    import { PeerError } from '${module('errors')}';
    import { Pnrp } from '${module('pnrp')}';
    Object.assign(Pnrp.prototype, {
      open: async () => {
        throw new PeerError('E_NOTIMPL', 'PnrpOpenCloud', 'the service of Windows opens its clouds by itself');
      },
      register: async (peerName, { cloud, port }) => {
        if (peerName.startsWith('0.winpeer-node-')) process.stdout.write(JSON.stringify({ event: 'published', cloud, port }) + '\\n');
        return { peerName };
      },
      resolve: async (peerName, { cloud }) =>
        ({ endpoints: [{ peerName, addresses: [], comment: cloud }], hops: 0, joinMs: 0, ms: 0, timedOut: false }),
    });`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(standIn)}` };

  test('the commands work without a node of their own', async ({ onTestFinished }) => {
    const at = await workplace(onTestFinished);
    const [global, link] = await Promise.all([
      at.run(['--json', 'pnrp', 'resolve', '0.x'], { env }),
      at.run(['--json', 'pnrp', 'resolve', '0.x', '--cloud', 'LinkLocal_%3'], { env }),
    ]);
    const comments = [global, link].map(({ stdout }) => JSON.parse(stdout).endpoints[0].comment);
    expect(comments).toEqual(['Global_', 'LinkLocal_%3']);

    const publisher = at.start(['--json', 'pnrp', 'register', '0.x', '--port', '5001'], { env });
    expect(await publisher.event('registered')).toMatchObject({ peerName: '0.x', cloud: 'Global_', listening: [] });
    const node = at.start(['--json', 'pnrp', 'host'], { env });
    expect(await node.event('published')).toEqual({ event: 'published', cloud: 'Global_', port: 3540 });
    const idle = at.start(['--json', 'pnrp', 'host', '--no-publish'], { env });
    for (const running of [node, idle]) {
      expect(await running.event('listening')).toEqual({ event: 'listening', cloud: 'Global_', addresses: [] });
    }
    for (const running of [publisher, node, idle]) {
      running.signal('SIGINT');
      expect(await running.ended).toMatchObject({ code: 130, stderr: '' });
    }
  });

  test('what asks for a node of one’s own is refused', async ({ onTestFinished }) => {
    const at = await workplace(onTestFinished);
    for (const option of ['--listen', '--seed']) {
      const { code, stderr } = await at.run(['pnrp', 'resolve', '0.x', option, '[::1]:5000'], { env });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^winpeer: PnrpOpenCloud: the service of Windows opens its clouds by itself /);
    }
  });
});

describe.skipIf(process.platform === 'win32')('leaving', () => {
  test('a host ends in order when it is told to, and when its terminal closes', async () => {
    const at = await workplace();
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      const { node } = await host(at);
      node.signal(signal);
      expect(await node.ended).toMatchObject({ code, signal: null, stderr: '' });
    }
  });

  test('a host whose output nobody reads any more leaves with its next line, without a word', async () => {
    const at = await workplace();
    const { node, seed } = await host(at);
    node.closeOutput();
    const publisher = at.start(['--json', 'pnrp', 'register', '0.x', '--port', '5001', ...seed]);
    expect(await node.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    await publisher.event('registered');
  });

  test('a second Ctrl-C ends a close that takes long; one that npm repeats does not', async () => {
    const at = await workplace();
    // A socket that never gets closed; half a second later by the clock of the process.
    const fault = `
      import { Socket } from 'node:dgram';
      Socket.prototype.close = () => {
        const now = performance.now();
        process.once('SIGUSR2', () => {
          performance.now = () => now + 1000;
          process.stdout.write('{"event":"later"}\\n');
        });
        process.on('SIGINT', () => process.stdout.write('{"event":"asked"}\\n'));
        process.stdout.write('{"event":"closing"}\\n');
      };`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` };
    const node = at.start(['--json', 'pnrp', 'host', ...LOOPBACK], { env });
    await node.event('listening');
    node.signal('SIGINT');
    await node.event('closing');
    node.signal('SIGINT');
    await node.event('asked');
    node.signal('SIGUSR2');
    await node.event('later');
    node.signal('SIGINT');
    expect(await node.ended).toMatchObject({ code: 130, signal: null, stderr: '' });
  });
});

suite('winpeer pnrp on a terminal', ['script'], () => {
  test('shows what it does while it does it, and clears the line', async () => {
    const at = await workplace();
    const args = ['pnrp', 'resolve', '0.x', ...LOOPBACK, '--seed', await silence(onTestFinished), '--timeout', '0.2'];
    const command = ['stty cols 80;', ...[process.execPath, MAIN, ...args].map((it) => `'${it}'`)].join(' ');
    const { code, stdout } = await at.startProgram('script', ['-qec', command, '/dev/null']).ended;
    expect(code).toBe(124);
    expect(stdout).toContain('entering Global_\u001b[1G\u001b[2K');
    expect(stdout).toMatch(/--timeout ended the search for 0\.x after 0\.2 s\r\n$/);
  });
});

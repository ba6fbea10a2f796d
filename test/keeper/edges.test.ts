import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeFrame } from '#fallback/runtime/keeper/frames';
import { Kept } from '#fallback/runtime/keeper/keep';
import { freshFolder } from '../runtime/real-host.ts';
import { eventually, Sharer } from './sharer.ts';
import { things } from './things.mjs';

/** Things that this process shares. */
function share(home: string, area = things(home)): Kept {
  const kept = new Kept(home, area);
  onTestFinished(() => kept.close());
  return kept;
}

interface KeeperFile {
  readonly socket: string;
  readonly secret: string;
}

function claim(home: string, number = 1): string {
  return join(home, 'run', `things.${number}`);
}

function keeperFile(home: string, number = 1): KeeperFile {
  return JSON.parse(readFileSync(join(claim(home, number), 'keeper.json'), 'utf8')) as KeeperFile;
}

describe.skipIf(process.platform === 'win32')('what a keeper leaves on the disk', () => {
  test('is the user’s alone', async () => {
    const home = freshFolder();
    await share(home).ready();
    const modes = ['run', 'run/things.1', 'run/things.1/keeper.json', 'run/things.1/socket'].map(
      (it) => statSync(join(home, it)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  test('is a claim that nobody holds', async () => {
    const home = freshFolder();
    const kept = share(home);
    await kept.ready();
    await kept.close();
    expect(readdirSync(claim(home))).toEqual(['keeper.json']);
    await share(home).ready();
    expect(readdirSync(join(home, 'run'))).toEqual(['things.2']);
  });

  test('goes when the next one comes, unfinished claims as well', async () => {
    const home = freshFolder();
    for (const name of ['things.7', 'things.old.draft', 'things.new.draft', 'others.9'])
      mkdirSync(join(home, 'run', name), { recursive: true });
    writeFileSync(join(home, 'run/things.7/keeper.json'), '{"format":');
    utimesSync(join(home, 'run/things.old.draft'), 0, 0);
    expect(await share(home).call('pid', [])).toBe(process.pid);
    expect(readdirSync(join(home, 'run')).sort()).toEqual(['others.9', 'things.8', 'things.new.draft']);
  });

  test.each([
    ['nothing', ''],
    ['half of it', '{"format":"winpeer-keeper"'],
    ['null', 'null'],
    ['another format', '{"format":"x","socket":"socket","secret":""}'],
    ['a socket that is none', '{"format":"winpeer-keeper","socket":"keeper.json","secret":""}'],
    ['no secret', '{"format":"winpeer-keeper","socket":"socket"}'],
  ])('with %s in it holds nothing', async (_, content) => {
    const home = freshFolder();
    mkdirSync(claim(home), { recursive: true });
    writeFileSync(join(claim(home), 'keeper.json'), content);
    expect(await share(home).call('pid', [])).toBe(process.pid);
    expect(readdirSync(join(home, 'run'))).toEqual(['things.2']);
  });

  test('in a home whose path is too long for a socket is a folder for temporary files', async () => {
    const [home, temporary] = [join(freshFolder(), 'long'.repeat(30)), freshFolder()];
    const keeper = new Sharer(home, { env: { TMPDIR: temporary } });
    expect(await keeper.ready).toEqual({ ready: true });
    const { socket } = keeperFile(home);
    expect(dirname(dirname(socket))).toBe(temporary);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    const two = new Sharer(home);
    expect(await two.result('pid')).toBe(keeper.pid);
    await keeper.kill();
    expect(await two.result('pid')).toBe(two.pid);
    expect(readdirSync(temporary)).toEqual([]);
    await two.leave();
    expect(existsSync(dirname(keeperFile(home, 2).socket))).toBe(false);
  });

  test('there is not taken for the keeper’s where others may have made it', async () => {
    const [home, theirs] = [freshFolder(), join(freshFolder(), 'open')];
    mkdirSync(theirs, { mode: 0o777 });
    mkdirSync(claim(home), { recursive: true });
    symlinkSync('nowhere', join(theirs, 'socket'));
    const content = {
      format: 'winpeer-keeper',
      protocol: 1,
      version: 1,
      pid: 1,
      socket: join(theirs, 'socket'),
      secret: '',
    };
    writeFileSync(join(claim(home), 'keeper.json'), JSON.stringify(content));
    spawnSync('chmod', ['777', theirs]);
    await expect(share(home).ready()).rejects.toMatchObject({ code: 'EACCES' });
  });

  test('can’t be made where the home can’t', async () => {
    const home = join(freshFolder(), 'file');
    writeFileSync(home, '');
    await expect(share(home).ready()).rejects.toMatchObject({ code: expect.stringMatching(/ENOTDIR|EEXIST/) });
  });
});

describe('a keeper', () => {
  test('of another version is an error that says what to do, while it is there', async () => {
    const home = freshFolder();
    const newer = new Sharer(home, { version: 2 });
    await newer.ready;
    const name = `the process ${newer.pid}, which keeps the things of ${home},`;
    await expect(share(home).ready()).rejects.toMatchObject({
      code: 'ERR_KEEPER_VERSION',
      message: `${name} is of a newer version of winpeer: update this one, or end it`,
    });
    await expect(share(home, things(home, 3)).ready()).rejects.toMatchObject({
      code: 'ERR_KEEPER_VERSION',
      message: `${name} is of an older version of winpeer: end it`,
    });
    await newer.kill();
    expect(await share(home).call('pid', [])).toBe(process.pid);
  });

  test('that can’t open its state says why, and the next one tries itself', async () => {
    const home = freshFolder();
    let tries = 0;
    const serve = async () => {
      if (++tries < 3) throw Object.assign(new Error('damaged'), { code: 'ERR_DAMAGED' });
      return things(home).serve();
    };
    for (let n = 0; n < 2; n++) {
      await expect(share(home, { ...things(home), serve }).ready()).rejects.toMatchObject({ code: 'ERR_DAMAGED' });
    }
    expect(await share(home, { ...things(home), serve }).call('pid', [])).toBe(process.pid);
  });

  test('after a failure calls fail at once, until one succeeds', async () => {
    const home = freshFolder();
    const damaged = new Error('damaged');
    let [tries, mended] = [0, false];
    const serve = async () => {
      tries += 1;
      if (!mended) throw damaged;
      return things(home).serve();
    };
    const kept = share(home, { ...things(home), serve });
    for (let n = 0; n < 50; n++) await expect(kept.call('pid', [])).rejects.toBe(damaged);
    expect(tries).toBeLessThan(50);
    mended = true;
    await eventually(() => kept.call('pid', []).catch(() => undefined)).toBe(process.pid);
  });

  test('that stands still is an error after some seconds, then at once; it goes on where it was', async () => {
    const home = freshFolder();
    const [keeper, two] = [new Sharer(home), new Sharer(home)];
    await keeper.ready;
    const pids = [await two.result('pid'), await keeper.result('pid')];
    const [still, other] = pids[0] === keeper.pid ? [keeper, two] : [two, keeper];
    still.signal('SIGSTOP');
    const late = share(home);
    const silent = {
      code: 'ERR_KEEPER_SILENT',
      message: expect.stringMatching(/which keeps the things .* does not answer$/),
    };
    await Promise.all([
      expect(other.ask('add', ['a'])).resolves.toMatchObject(silent),
      expect(other.ask('pid')).resolves.toMatchObject(silent),
      expect(late.ready()).rejects.toMatchObject(silent),
    ]);
    for (let n = 0; n < 100; n++) expect(await other.ask('pid')).toMatchObject(silent);
    still.signal('SIGCONT');
    await eventually(async () => (await other.ask('pid'))?.result).toBe(still.pid);
    await eventually(() => late.call('pid', []).catch(() => undefined)).toBe(still.pid);
    // What it had been told before it stood still was done.
    expect(await other.result('all')).toBe(1);
  });

  test('keeps no process alive, nor does its client; a call does', async () => {
    const home = freshFolder();
    const program = `
      import { encodeFrame } from '#fallback/runtime/keeper/frames';
import { Kept } from '#fallback/runtime/keeper/keep';
      import { things } from '${new URL('things.mjs', import.meta.url)}';
      const kept = Array.from({ length: 2 }, () => new Kept('${home}', things('${home}')));
      console.log(await Promise.all(kept.map((it) => it.call('pid', []))));`;
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\[ (\d+), \1 \]\n$/)]);
  });

  test('that closes answers what it was asked before', async () => {
    const home = freshFolder();
    const gate = new EventEmitter();
    const state = await things(home).serve();
    const serve = async () => ({
      open: (emit: (event: unknown) => void) => {
        const client = state.open(emit);
        const call = async (method: string, args: readonly unknown[]) => {
          if (method === 'add') await Promise.all([once(gate, 'open'), gate.emit('asked')]);
          return client.call(method, args);
        };
        return { ...client, call };
      },
      close: () => state.close(),
    });
    const [keeper, two] = [share(home, { ...things(home), serve }), share(home)];
    await keeper.ready();
    const [added] = [two.call('add', ['a']), await once(gate, 'asked')];
    const closed = keeper.close();
    gate.emit('open');
    expect(await added).toBe(1);
    await closed;
    await expect(keeper.call('pid', [])).rejects.toMatchObject({ code: 'ERR_KEEPER_LOST' });
    expect(await two.call('all', [])).toBe(1);
  });
});

function frame(message: unknown): Buffer {
  return Buffer.concat(encodeFrame(message));
}

/** Without the last byte, and true to that. */
function cutFrame(message: unknown): Buffer {
  const whole = frame(message);
  whole.writeUInt32BE(whole.readUInt32BE() - 1);
  return whole.subarray(0, -1);
}

const HELLO = frame(['hello', 1, 1, new Uint8Array(32)]);

describe.skipIf(process.platform === 'win32')('a stranger on the keeper’s socket', () => {
  const calls = async (kept: Kept): Promise<number> => ((await kept.call('counts', [])) as { clients: number }).clients;

  async function keeperAndStranger(): Promise<{ readonly kept: Kept; readonly socket: Socket }> {
    const home = freshFolder();
    const kept = share(home);
    await kept.ready();
    const socket = connect(join(claim(home), 'socket'));
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return { kept, socket };
  }

  test.each([
    ['says that 16 MB and a byte come', Buffer.of(1, 0, 0, 1, 0, 0, 0, 1)],
    ['says that 4 GB come', Buffer.of(255, 255, 255, 255, 0, 0, 0, 1)],
    ['has a value that is longer than its message', Buffer.of(0, 0, 0, 1, 0, 0, 0, 2)],
    ['sends what is no value', Buffer.of(0, 0, 0, 4, 0, 0, 0, 4, 1, 2, 3, 4)],
    ['sends nothing at all in a frame', Buffer.alloc(8)],
    ['sends less than the bytes of its value', cutFrame(['hello', 1, 1, new Uint8Array(32)])],
    ['sends HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: keeper\r\n\r\n')],
    ['sends a text', frame('hello')],
    ['sends an empty list', frame([])],
    ['calls before its hello', frame(['call', 1, 'pid', []])],
    ['pings before its hello', frame(['ping'])],
    ['is of another protocol', frame(['hello', 2, 1, new Uint8Array(32)])],
    ['is of another version', frame(['hello', 1, 2, new Uint8Array(32)])],
    ['has no challenge', frame(['hello', 1, 1])],
    ['says hello twice', Buffer.concat([HELLO, HELLO])],
    ['calls without arguments', Buffer.concat([HELLO, frame(['call', 1, 'pid'])])],
    ['calls with a text as number', Buffer.concat([HELLO, frame(['call', 'x', 'pid', []])])],
    ['says what only keepers say', Buffer.concat([HELLO, frame(['event', 1])])],
    ['has 1,025 calls under way', Buffer.concat([HELLO, ...Array(1025).fill(frame(['call', 1, 'never', []]))])],
  ])('is cut off when it %s', async (_, bytes) => {
    const { kept, socket } = await keeperAndStranger();
    socket
      .resume()
      .on('error', () => undefined)
      .write(bytes);
    await once(socket, 'close');
    await eventually(() => calls(kept)).toBe(1);
  });

  test('is cut off when it leaves too much unread', async () => {
    const { kept, socket } = await keeperAndStranger();
    socket.on('error', () => undefined).write(HELLO);
    await eventually(() => calls(kept)).toBe(2);
    socket.write(Buffer.concat(Array(100).fill(frame(['call', 1, 'long', [1e6]]))));
    await eventually(() => calls(kept)).toBe(1);
  });

  test('is answered when it reads late', async () => {
    const { socket } = await keeperAndStranger();
    const [first, long, short] = [HELLO, frame(['call', 1, 'long', [1e6]]), frame(['call', 2, 'echo', ['x']])];
    socket.write(Buffer.concat([first, ...Array(5).fill(long)]));
    await once(socket, 'readable');
    socket.write(Buffer.concat(Array(5).fill(short)));
    const wanted = frame(['result', 2, 'x']);
    let heard = 0;
    let end = Buffer.alloc(0);
    for await (const chunk of socket) {
      heard += chunk.length;
      end = Buffer.concat([end, chunk]).subarray(-5 * wanted.length);
      if (end.equals(Buffer.concat(Array(5).fill(wanted)))) break;
    }
    expect(heard).toBeGreaterThan(5e6);
  });

  test('that dies is forgotten whatever it waits for', async () => {
    const { kept, socket } = await keeperAndStranger();
    socket.write(Buffer.concat([HELLO, frame(['call', 1, 'never', []])]));
    await eventually(() => calls(kept)).toBe(2);
    socket.destroy();
    await eventually(() => calls(kept)).toBe(1);
  });

  test('that sends byte by byte is understood', async () => {
    const { socket } = await keeperAndStranger();
    const bytes = Buffer.concat([HELLO, frame(['call', 5, 'echo', ['x']])]);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const wanted = frame(['result', 5, 'x']);
    let heard = Buffer.alloc(0);
    for await (const chunk of socket) {
      heard = Buffer.concat([heard, chunk]);
      if (heard.subarray(-wanted.length).equals(wanted)) break;
    }
    expect(heard.subarray(-wanted.length)).toEqual(wanted);
  });

  test('that listens where a keeper did can’t pretend to be it', async () => {
    const home = freshFolder();
    const kept = share(home);
    await kept.ready();
    const path = join(claim(home), 'keeper.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"secret":"../, '"secret":"zz'));
    await expect(share(home).ready()).rejects.toMatchObject({ code: 'ERR_KEEPER_LOST' });
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import { network } from 'winpeer/testing';
import { createHost } from '#fallback/runtime/host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { AREAS, parseWishes, SERVICES } from '#lib/backend/select';

const home = mkdtempSync(join(tmpdir(), 'winpeer-platform-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs a module with the package at hand. */
function run(program: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, WINPEER_HOME: join(home, 'children'), ...env },
  });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

const FALLBACK_AREAS = ['identity', 'names', 'pnrp', 'winsock', 'distribution'];

/** A call of each area that needs its backend. */
const CALLS: Readonly<Record<Exclude<(typeof AREAS)[number], 'names'>, (platform: Platform) => Promise<unknown>>> = {
  identity: ({ identity }) => identity.list(),
  pnrp: ({ pnrp }) => pnrp.clouds(),
  winsock: ({ winsock }) => winsock.lookupClouds(),
  graphing: ({ graphing }) => graphing.delete('g', 'p', 'd'),
  grouping: ({ grouping }) => grouping.parseInvitation('<x/>'),
  collaboration: ({ collaboration }) => collaboration.signInScopes(),
  drt: ({ drt }) => drt.createIpv6UdpTransport({ scope: 'global', localityThreshold: 0 } as never),
  distribution: ({ distribution }) => distribution.status(),
};

describe('the choice of backends', () => {
  test.each([
    ['auto', {}],
    ['fallback', Object.fromEntries(AREAS.map((area) => [area, 'fallback']))],
    ['native', Object.fromEntries(AREAS.map((area) => [area, 'native']))],
    ['pnrp=fallback, identity=native', { pnrp: 'fallback', identity: 'native' }],
    ['fallback,drt=auto', { ...Object.fromEntries(AREAS.map((area) => [area, 'fallback'])), drt: 'auto' }],
  ])('reads %j', (text, expected) => {
    const wishes = Object.fromEntries(parseWishes(text));
    expect(wishes).toEqual({ ...Object.fromEntries(AREAS.map((area) => [area, 'auto'])), ...expected });
  });

  test.each([
    [''],
    ['Native'],
    ['pnrp'],
    ['pnrp='],
    ['=fallback'],
    ['dns=fallback'],
    ['pnrp=fallback=native'],
    ['auto,'],
  ])('refuses %j', (backend) => {
    expect(() => createPlatform({ backend })).toThrow(
      expect.objectContaining({ name: 'PeerError', code: 'E_INVALIDARG', operation: 'createPlatform' }),
    );
  });

  test('wrong types are a TypeError', () => {
    for (const options of [{ backend: 5 }, { home: 5 }]) {
      expect(() => createPlatform(options as never)).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }),
      );
    }
  });

  test('refuses an empty home, which would be the current folder', () => {
    expect(() => createPlatform({ home: '' })).toThrow(
      expect.objectContaining({ code: 'E_INVALIDARG', operation: 'createPlatform' }),
    );
  });

  test.each([
    [{ 'no.such': 'x' }, /no reading is called no\.such/],
    [{ 'pnrp.signature': 'middle' }, /pnrp\.signature is one of big-endian, little-endian, not middle/],
  ])('refuses the readings %j', (readings, sentence) => {
    expect(() => createPlatform({ readings: readings as never })).toThrow(
      expect.objectContaining({ code: 'E_INVALIDARG', message: expect.stringMatching(sentence) }),
    );
  });

  test('is told area by area, with its reason', async () => {
    const { platform, areas } = await createPlatform({ backend: 'auto,pnrp=fallback', home }).backends();
    const missing = process.platform === 'win32' ? 'addon-missing' : 'not-windows';
    expect(platform).toBe(`${process.platform} ${process.arch}, Node.js ${process.versions.node}`);
    expect(areas.map(({ area, backend, reason }) => [area, backend, reason])).toEqual([
      ...AREAS.map((area) => [area, 'fallback', area === 'pnrp' ? 'forced' : missing]),
      ...SERVICES.map((service) => [service, 'fallback', 'no-functions']),
    ]);
    for (const { area, detail } of areas) {
      expect(detail.includes('E_NOTIMPL'), `${area}: ${detail}`).toBe(![...FALLBACK_AREAS, ...SERVICES].includes(area));
    }
  });

  describe('in a home', () => {
    const changes = async (place: string) => {
      const { areas } = await createPlatform({ home: place }).backends();
      return areas.filter((it) => it.changed).map(({ area, detail }) => [area, detail]);
    };
    /** As a platform leaves it that used them natively. */
    const leave = async (place: string, ...areas: readonly string[]) => {
      const store = await createHost({ home: place }).store.open('backends');
      await store.update(() => new Map(areas.map((area) => [area, Buffer.from('native')])));
    };

    test('that was last used with the other backend says so, until it is used again', async () => {
      const place = join(home, 'moved');
      await leave(place, 'identity', 'distribution');
      const said = expect.stringMatching(/; this home was last used with the native backend, which keeps /);
      expect(await changes(place)).toEqual([
        ['identity', said],
        ['distribution', said],
      ]);
      await using platform = createPlatform({ home: place });
      await platform.pnrp.clouds();
      await platform.identity.list();
      expect((await platform.backends()).areas.filter((it) => it.changed)).toHaveLength(2);
      expect(await changes(place)).toEqual([['distribution', said]]);
    });

    test('without a word about it, or with one that nobody can read, all is as it was', async () => {
      const [fresh, damaged] = [join(home, 'fresh'), join(home, 'damaged')];
      expect(await changes(fresh)).toEqual([]);
      expect(existsSync(fresh)).toBe(false);
      await leave(damaged, 'identity');
      writeFileSync(join(damaged, 'backends.json'), '{');
      expect(await changes(damaged)).toEqual([]);
      await using platform = createPlatform({ home: damaged });
      expect(await platform.identity.list()).toEqual([]);
    });
  });

  test('native is ERR_BACKEND_UNAVAILABLE where it can’t be, for that area alone', async () => {
    const platform = createPlatform({ backend: 'identity=native', home });
    const unavailable = { code: 'ERR_BACKEND_UNAVAILABLE', message: expect.stringContaining('identity') };
    await expect(platform.identity.list()).rejects.toMatchObject(unavailable);
    await expect(platform.backends()).rejects.toMatchObject(unavailable);
    expect(await platform.pnrp.clouds()).toBeInstanceOf(Array);
    expect(platform.names.create(null, 'x')).toBe('0.x');
    await platform.close();
    const { names } = createPlatform({ backend: 'names=native', home });
    expect(() => names.create(null, 'x')).toThrow(expect.objectContaining({ code: 'ERR_BACKEND_UNAVAILABLE' }));
  });

  test('WINPEER_BACKEND asks too; `backend` is stronger, and nothing is auto', () => {
    const program = `
      import { createPlatform } from 'winpeer';
      const reason = async (options) => (await createPlatform(options).backends()).areas[0].reason;
      console.log(await reason({}), await reason({ backend: 'auto' }));`;
    const auto = process.platform === 'win32' ? 'addon-missing' : 'not-windows';
    expect(run(program, { WINPEER_BACKEND: 'fallback' }).stdout).toBe(`forced ${auto}`);
    expect(run(program, { WINPEER_BACKEND: '' }).stdout).toBe(`${auto} ${auto}`);
    expect(run(program, { WINPEER_BACKEND: 'both' }).stderr).toContain('backend is auto, native, fallback');
  });

  test('a wrong WINPEER_BACKEND stops no import: the default platform reports it with its first use', () => {
    const program = `
      import { backends, createPlatform, identity, names } from 'winpeer';
      import 'winpeer/distribution';
      const report = (error) => console.log(error.message);
      console.log((await createPlatform({ backend: 'fallback' }).backends()).areas[0].reason);
      for (const call of [() => identity.list(), () => names.create(null, 'x'), backends]) {
        await Promise.resolve().then(call).catch(report);
      }`;
    const { stdout, stderr } = run(program, { WINPEER_BACKEND: 'both' });
    const wrong = 'createPlatform: backend is auto, native, fallback or a list such as pnrp=fallback, not "both"';
    expect(stderr).toBe('');
    expect(stdout).toBe(['forced', ...Array(3).fill(`${wrong} (E_INVALIDARG 0x80070057)`)].join('\n'));
  });

  test.each(Object.entries(CALLS).filter(([area]) => !FALLBACK_AREAS.includes(area)))(
    '%s is E_NOTIMPL, with a sentence',
    async (area, call) => {
      const platform = createPlatform({ home });
      await expect(call(platform)).rejects.toMatchObject({
        name: 'PeerError',
        code: 'E_NOTIMPL',
        message: `${area}: winpeer has no fallback for ${area} in this version (E_NOTIMPL 0x80004001)`,
      });
      await platform.close();
    },
  );
});

describe('a platform', () => {
  test('is lazy: importing the package and making one opens, reads and loads nothing', () => {
    const hook = `import { writeSync } from 'node:fs';
      export async function load(url, context, next) {
        writeSync(1, 'loaded ' + url + '\\n');
        return next(url, context);
      }`;
    const program = `
      import { existsSync } from 'node:fs';
      import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
      const { createPlatform, pnrp, identity } = await import('winpeer');
      const platform = createPlatform();
      for (const area of ${JSON.stringify(AREAS)}) platform[area];
      await platform.backends();
      await platform.stats();
      platform.unref();
      await platform.close();
      console.log(JSON.stringify({
        builtin: process.moduleLoadList.filter((it) => /NativeModule (dgram|child_process|tls)$/.test(it)),
        made: existsSync(process.env.WINPEER_HOME),
      }));`;
    const { stdout, stderr } = run(program, { WINPEER_HOME: join(home, 'never') });
    expect(stderr).toBe('');
    const lines = stdout.split('\n');
    const files = lines
      .filter((line) => line.startsWith('loaded file:'))
      .map((line) => line.replace(/^.*\/(?=dist\/|node_modules\/)/, ''));
    expect(files.filter((file) => file.startsWith('dist/lib/')).length).toBeGreaterThan(10);
    const parts = new Set(files.map((file) => /^dist\/fallback\/\w+|^dist\/lib|^node_modules\/[^/]+/.exec(file)?.[0]));
    expect([...parts].sort()).toEqual([
      'dist/fallback/names',
      'dist/fallback/wire',
      'dist/lib',
      'node_modules/punycode',
    ]);
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ builtin: [], made: false });
  });

  test('shares nothing with another one', async () => {
    const net = network();
    const [one, two] = [net.platform(), net.platform()];
    const made = await one.identity.create();
    await one.pnrp.open();
    expect(await two.identity.list()).toEqual([]);
    expect((await two.stats()).pnrp).toBeUndefined();
    await one.close();
    expect(await two.identity.list()).toEqual([]);
    await expect(two.identity.get(made.peerName)).rejects.toMatchObject({ code: 'PEER_E_NOT_FOUND' });
    expect(one.identity).not.toBe(two.identity);
    expect(one.identity).toBe(one.identity);
    await two.close();
  });

  test('keeps what it writes in its own home', async () => {
    const own = join(home, 'own');
    const platform = createPlatform({ home: own });
    await platform.identity.create();
    await platform.close();
    expect(readdirSync(own).toSorted()).toEqual(['backends.json', 'identity.json']);
  });

  const PLATFORM = `
    import { createPlatform } from 'winpeer';
    const platform = createPlatform({ backend: 'fallback' });`;
  const OPEN = `await platform.pnrp.open({ listen: [{ address: '::1', port: 0 }] });`;
  const WAIT = `const clouds = await platform.winsock.lookupClouds();
    while ((await clouds.next()) !== undefined);
    clouds.next().catch(() => undefined);`;

  test.each([
    ['an open cloud', OPEN],
    ['a search for changes of clouds', WAIT],
  ])('with %s lets the process end after unref, and not after ref', async (_what, work) => {
    const begin = `${PLATFORM} ${work} console.log('open');`;
    expect(run(`${begin} platform.unref();`)).toEqual({ status: 0, stdout: 'open', stderr: '' });
    expect(run(`${begin} await platform.close();`)).toEqual({ status: 0, stdout: 'open', stderr: '' });
    // The child only ends because its standard input does: whatever else it had to do is done when it hears that.
    const program = `${begin} platform.unref(); platform.ref(); process.stdin.unref().on('end', () => process.exit(7)).resume();
      process.on('beforeExit', () => console.log('nothing holds it'));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, WINPEER_HOME: join(home, 'children') },
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      child.stdin.end();
    });
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(7);
    expect(said).toBe('open\n');
  });

  test.each(Object.entries(CALLS))('refuses %s after close', async (_area, call) => {
    const platform = createPlatform({ home });
    await platform.close();
    await expect(call(platform)).rejects.toMatchObject({ name: 'PeerError', code: 'PEER_E_NOT_INITIALIZED' });
  });

  test('refuses stats and doctor after close, and names remain: they are text', async () => {
    const platform = createPlatform({ home });
    await platform.close();
    await platform.close({ abrupt: true });
    const closed = { code: 'PEER_E_NOT_INITIALIZED' };
    await expect(platform.stats()).rejects.toMatchObject(closed);
    await expect(platform.doctor()).rejects.toMatchObject(closed);
    expect(platform.names.create(null, 'x')).toBe('0.x');
    platform.ref();
    platform.unref();
  });

  test('ends the calls and the loops that wait when it closes', async () => {
    const net = network();
    const platform = net.platform();
    // Nobody answers there, so that entering the cloud is under way.
    const cloud = await platform.pnrp.open({ seeds: [{ address: '2001:db8::99', port: 5000 }] });
    const refused = { code: 'PEER_E_NOT_INITIALIZED' };
    const waiting = [
      platform.pnrp.resolve('0.nobody', { cloud: 'Global_' }),
      platform.pnrp.resolveEach('0.nobody', { cloud: 'Global_' }).next(),
      cloud.joined(),
      cloud.events().next(),
    ].map((call) => expect(call).rejects.toMatchObject(refused));
    await platform.close();
    await Promise.all(waiting);
  });

  test('an open cloud that closes ends the loops over its events', async () => {
    const platform = network().platform();
    const cloud = await platform.pnrp.open();
    const events = cloud.events();
    const next = events.next();
    await cloud.close();
    await cloud.close();
    expect((await next).done).toBe(true);
    await platform.close();
  });

  test('whose close fails in one area closes the others, and says what failed', async () => {
    const host = new VirtualNetwork({ seed: 1 }).host();
    const { bind } = host.datagrams;
    const faulty: typeof bind = async (local, ...rest) => {
      const socket = await bind(local, ...rest);
      // Where peer distribution listens, which is closed before PNRP.
      if (local.port !== 3702) return socket;
      return Object.assign(socket, { close: () => Promise.reject(new Error('it stays open')) });
    };
    Object.assign(host.datagrams, { bind: faulty });
    const platform = createPlatform({ backend: 'fallback', host });
    await platform.distribution.peerCache();
    const cloud = await platform.pnrp.open();
    const { addresses } = cloud;
    const isOpen = () => addresses.some(({ address, port }) => host.sockets.has(`${address} ${port}`));
    expect(isOpen()).toBe(true);
    await expect(platform.close()).rejects.toThrow('it stays open');
    expect(isOpen()).toBe(false);
    await cloud.close();
  });

  test('is disposed by `await using`', async () => {
    const platform = createPlatform({ home });
    {
      await using held = platform;
      await held.identity.list();
    }
    await expect(platform.identity.list()).rejects.toMatchObject({ code: 'PEER_E_NOT_INITIALIZED' });
  });
});

import { describe, expect, test } from 'vitest';
import type { ContentReadOptions, DistributionEvent } from 'winpeer/distribution';
import type { DllProbe, WholeAddon } from '#lib/backend/native/addon';
import { type StartServices, startNativeDistribution } from '#lib/backend/native/distribution';
import { probeDistribution } from '#lib/backend/native/distribution-probe';
import { mockAddon, windowsError } from './mock-addon.ts';

const ID = new Uint8Array([1, 2]);
const TAG = new Uint8Array(16);
const STARTED = { instance: 'instance', supportedVersion: 2 };

type Answers = Parameters<typeof mockAddon>[0];
type Listener = (error: Error | null, status?: object) => void;

const noServices: StartServices = async () => {
  throw new Error('nobody asked for them');
};

async function nativeOf(answers: Answers = {}, startServices = noServices) {
  const mock = mockAddon({
    PeerDistStartup: STARTED,
    PeerDistClientOpenContent: 'content',
    PeerDistServerPublishStream: 'stream',
    PeerDistServerOpenContentInformation: 'information',
    PeerDistGetStatusEx: { status: 2, minVersion: 1, maxVersion: 2 },
    ...answers,
  });
  const held: boolean[] = [];
  const own = { hold: (alive: boolean) => void held.push(alive), overlapped: () => 'overlapped' };
  const addon = new Proxy(mock.addon, {
    get: (it, name) => Reflect.get(name in own ? own : it, name),
  });
  return { ...mock, held, distribution: await startNativeDistribution(addon, startServices) };
}

const peerError = (code: string, operation: string) => expect.objectContaining({ name: 'PeerError', code, operation });

describe('what Windows sets for the machine', () => {
  test.each(['pass phrase', new Uint8Array(32)])('a secret is refused with how to set it', async (secret) => {
    const { distribution, names } = await nativeOf();
    await expect(distribution.publishStream({ contentId: ID, secret })).rejects.toMatchObject({
      code: 'ERROR_NOT_SUPPORTED',
      win32: 50,
      operation: 'PeerDistServerPublishStream',
      message: expect.stringMatching(/Set-BCSecretKey.*netsh branchcache/),
    });
    await expect(distribution.restorePublication({ contentId: ID, secret })).rejects.toMatchObject({
      code: 'ERROR_NOT_SUPPORTED',
    });
    expect(names()).toEqual(['PeerDistStartup']);
  });

  test.each([{ peers: false }, { hostedCache: 'http://cache:80' }, { share: true }])('so is %j', async (options) => {
    const { distribution, names } = await nativeOf();
    await expect(distribution.openContent(TAG, options)).rejects.toMatchObject({
      code: 'ERROR_NOT_SUPPORTED',
      operation: 'PeerDistClientOpenContent',
      message: expect.stringMatching(/Enable-BCDistributed.*Enable-BCHostedClient/),
    });
    expect(names()).toEqual(['PeerDistStartup']);
  });

  test('what is kept is published again with its bytes alone', async () => {
    const { distribution } = await nativeOf();
    const stream = await distribution.publishStream({ contentId: ID, keep: true });
    await stream.complete();
    expect(await distribution.restorePublication({ contentId: ID })).toBe(false);
  });
});

describe('what can’t be handed to Windows is ERROR_INVALID_PARAMETER, and reaches it never', () => {
  const reads: [string, ContentReadOptions][] = [
    ['a negative max', { max: -1 }],
    ['a max of 33 bits', { max: 2 ** 32 }],
    ['half a byte', { max: 0.5 }],
    ['a negative time', { max: 1, timeoutMs: -1 }],
    ['no time', { max: 1, timeoutMs: Number.NaN }],
  ];

  test.each(reads)('%s', async (_what, options) => {
    const { distribution, names } = await nativeOf();
    const content = await distribution.openContent(TAG);
    await expect(content.streamRead(options)).rejects.toEqual(
      peerError('ERROR_INVALID_PARAMETER', 'PeerDistClientStreamRead'),
    );
    await expect(content.blockRead(0n, options)).rejects.toEqual(
      peerError('ERROR_INVALID_PARAMETER', 'PeerDistClientBlockRead'),
    );
    expect(names()).toEqual(['PeerDistStartup', 'PeerDistClientOpenContent']);
  });

  test.each([-1n, 1n << 64n])('an offset of %d', async (offset) => {
    const { distribution } = await nativeOf();
    const content = await distribution.openContent(TAG);
    const range = { offset, length: 1n };
    for (const [call, name] of [
      [content.addData(offset, ID), 'PeerDistClientAddData'],
      [content.blockRead(offset, { max: 1 }), 'PeerDistClientBlockRead'],
      [distribution.publishStream({ contentId: ID, length: offset }), 'PeerDistServerPublishStream'],
      [distribution.openContentInformation({ contentId: ID, range }), 'PeerDistServerOpenContentInformation'],
    ] as const) {
      await expect(call).rejects.toEqual(peerError('ERROR_INVALID_PARAMETER', name));
    }
  });

  test('a tag of another length; wrong types are a TypeError', async () => {
    const { distribution } = await nativeOf();
    await expect(distribution.openContent(ID)).rejects.toEqual(
      peerError('ERROR_INVALID_PARAMETER', 'PeerDistClientOpenContent'),
    );
    const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    // @ts-expect-error a text is no tag
    await expect(distribution.flushContent('0123456789abcdef')).rejects.toMatchObject(type);
    const content = await distribution.openContent(TAG);
    // @ts-expect-error a number is no offset
    await expect(content.blockRead(5, { max: 1 })).rejects.toMatchObject(type);
    // @ts-expect-error a text is no number
    await expect(content.streamRead({ max: '1' })).rejects.toMatchObject(type);
  });
});

describe('what is open', () => {
  test('keeps the process alive: objects, publications, subscriptions', async () => {
    const { distribution, held } = await nativeOf();
    const stream = await distribution.publishStream({ contentId: ID });
    expect(held).toEqual([true]);
    await stream.complete();
    await stream.close();
    expect(await distribution.stats()).toEqual({ version: 1, published: 1, open: 0 });
    expect(held).toEqual([true]);
    distribution.hold(false);
    distribution.hold(true);
    expect(held).toEqual([true, false, true]);
    await distribution.unpublish(ID);
    expect(held).toEqual([true, false, true, false]);
    const subscription = await distribution.subscribe(() => undefined);
    await subscription.close();
    await subscription.close();
    expect(held.slice(4)).toEqual([true, false]);
  });

  test('a stream that was not completed published nothing', async () => {
    const { distribution, held } = await nativeOf();
    await (await distribution.publishStream({ contentId: ID })).close();
    expect(await distribution.stats()).toEqual({ version: 1, published: 0, open: 0 });
    expect(held).toEqual([true, false]);
  });

  test('is closed with the platform, then the instance; what is open later is refused', async () => {
    const { distribution, names } = await nativeOf();
    await distribution.subscribe(() => undefined);
    const opening = distribution.openContent(TAG);
    await distribution.close({ abrupt: false });
    await distribution.close({ abrupt: true });
    expect(names().slice(-3).toSorted()).toEqual([
      'PeerDistClientCloseContent',
      'PeerDistShutdown',
      'PeerDistUnregisterForStatusChangeNotification',
    ]);
    expect(names().at(-1)).toBe('PeerDistShutdown');
    await expect((await opening).getInformation()).rejects.toMatchObject({ code: 'ERROR_INVALID_HANDLE' });
    for (const [call, name] of [
      [distribution.getStatus(), 'PeerDistGetStatus'],
      [distribution.flushContent(TAG), 'PeerDistClientFlushContent'],
      [distribution.openContent(TAG), 'PeerDistClientOpenContent'],
      [distribution.services(), 'services'],
    ] as const) {
      await expect(call).rejects.toEqual(peerError('PEER_E_NOT_INITIALIZED', name));
    }
  });

  test('shuts down although closing something failed, and says so', async () => {
    const refusal = windowsError('PeerDistClientCloseContent', 4057);
    const { distribution, names } = await nativeOf({ PeerDistClientCloseContent: refusal });
    await distribution.openContent(TAG);
    await expect(distribution.close({ abrupt: false })).rejects.toMatchObject({ code: 'PEERDIST_ERROR_INVALIDATED' });
    expect(names().at(-1)).toBe('PeerDistShutdown');
  });

  test('a call of the server is cancelled by its content’s id and its number', async () => {
    let end: (reason: Error) => void = () => undefined;
    const adding = new Promise((_resolve, reject) => {
      end = reject;
    });
    const { distribution, calls } = await nativeOf({
      PeerDistServerPublishAddToStream: () => adding,
      PeerDistServerCancelAsyncOperation: () => end(windowsError('PeerDistServerPublishAddToStream', 995)),
    });
    const stream = await distribution.publishStream({ contentId: ID });
    await distribution.openContentInformation({ contentId: TAG });
    const added = expect(stream.add(ID, { operation: 4 })).rejects.toMatchObject({ code: 'ERROR_OPERATION_ABORTED' });
    const cancel = 'PeerDistServerCancelAsyncOperation';
    const unknown = peerError('PEERDIST_ERROR_OPERATION_NOTFOUND', cancel);
    await expect(distribution.cancelServerOperation(ID, 5)).rejects.toEqual(unknown);
    await expect(distribution.cancelServerOperation(TAG, 4)).rejects.toEqual(unknown);
    await distribution.cancelServerOperation(ID, 4);
    await added;
    expect(calls.filter(([name]) => name === cancel)).toEqual([[cancel, 'instance', ID, 'overlapped']]);
  });
});

describe('the status', () => {
  /** Registrations, whose end the test tells. */
  function registrations() {
    const listeners: Listener[] = [];
    const register = (_instance: unknown, _overlapped: unknown, listener: Listener) => void listeners.push(listener);
    return { listeners, answers: { PeerDistRegisterForStatusChangeNotificationEx: register } };
  }
  const info = (status: number) => ({ status, minVersion: 1, maxVersion: 2 });

  test('is told to each subscription, once; the registration is renewed', async () => {
    const { listeners, answers } = registrations();
    const { distribution } = await nativeOf(answers);
    const heard: (readonly [string, string])[] = [];
    const sink = (who: string) => (event: DistributionEvent) => void heard.push([who, event.status]);
    const first = await distribution.subscribe(sink('a'));
    listeners[0]?.(null, info(2));
    await distribution.subscribe(sink('b'));
    listeners[1]?.(null, info(0));
    await first.close();
    listeners[2]?.(null, info(1));
    expect(listeners).toHaveLength(4);
    expect(heard).toEqual([
      ['a', 'available'],
      ['b', 'available'],
      ['a', 'disabled'],
      ['b', 'disabled'],
      ['b', 'unavailable'],
    ]);
  });

  test('a change that comes before the present status is the newer', async () => {
    const { listeners, answers } = registrations();
    const asked = () => {
      listeners[0]?.(null, info(1));
      return info(2);
    };
    const { distribution } = await nativeOf({ ...answers, PeerDistGetStatusEx: asked });
    const heard: string[] = [];
    await distribution.subscribe(({ status }) => heard.push(status));
    expect(heard).toEqual(['unavailable']);
  });

  test('where it can’t be watched the subscription fails, and the next tries again', async () => {
    const { listeners, answers } = registrations();
    const refusals = [windowsError('PeerDistRegisterForStatusChangeNotificationEx', 4065)];
    const { distribution, names } = await nativeOf({
      PeerDistRegisterForStatusChangeNotificationEx: (...given: [unknown, unknown, Listener]) => {
        const refusal = refusals.pop();
        if (refusal !== undefined) throw refusal;
        answers.PeerDistRegisterForStatusChangeNotificationEx(...given);
      },
    });
    await expect(distribution.subscribe(() => undefined)).rejects.toMatchObject({
      code: 'PEERDIST_ERROR_SERVICE_UNAVAILABLE',
    });
    await distribution.subscribe(() => undefined);
    refusals.push(windowsError('PeerDistRegisterForStatusChangeNotificationEx', 4065));
    listeners[0]?.(null, info(0));
    await distribution.getStatusInfo();
    await distribution.subscribe(() => undefined);
    expect(listeners).toHaveLength(2);
    await distribution.close({ abrupt: false });
    expect(names()).toContain('PeerDistUnregisterForStatusChangeNotification');
  });
});

test('what Windows has no functions for is the fallback’s, started once and closed with the platform', async () => {
  const told: unknown[] = [];
  const services = {
    hold: (alive: boolean) => told.push(['hold', alive]),
    close: async () => void told.push('close'),
  } as unknown as Awaited<ReturnType<StartServices>>;
  let started = 0;
  const { distribution } = await nativeOf({}, async () => {
    if (started++ === 0) throw new Error('not yet');
    return services;
  });
  await expect(distribution.services()).rejects.toThrow('not yet');
  distribution.hold(false);
  expect(await Promise.all([distribution.services(), distribution.services()])).toEqual([services, services]);
  await distribution.close({ abrupt: false });
  expect(started).toBe(2);
  expect(told).toEqual([['hold', false], ['hold', false], 'close']);
});

describe('whether Windows can distribute contents', () => {
  function addonWith(found: DllProbe, answers: Answers = {}) {
    const mock = mockAddon({ PeerDistStartup: STARTED, PeerDistGetStatus: 2, ...answers });
    const probe = (...asked: Parameters<WholeAddon['probe']>) => {
      expect(asked).toEqual(['peerdist.dll', expect.arrayContaining(['PeerDistGetOverlappedResult'])]);
      return found;
    };
    const addon = new Proxy(mock.addon, { get: (it, name) => (name === 'probe' ? probe : Reflect.get(it, name)) });
    return { ...mock, addon };
  }
  const THERE: DllProbe = { loaded: true, missing: [] };

  test('it can where its status is not disabled', async () => {
    const { addon, names } = addonWith(THERE);
    expect(await probeDistribution(addon)).toBeUndefined();
    expect(names()).toEqual(['PeerDistStartup', 'PeerDistGetStatus', 'PeerDistShutdown']);
  });

  test.each([
    [{ loaded: false, missing: [], error: 126 }, 'dll-missing'],
    [{ loaded: true, missing: ['PeerDistGetStatusEx'] }, 'export-missing'],
  ])('%j', async (found, reason) => {
    const { addon, calls } = addonWith(found);
    expect(await probeDistribution(addon)).toMatchObject({ reason });
    expect(calls).toEqual([]);
  });

  test('a status that is disabled says how to enable it', async () => {
    expect(await probeDistribution(addonWith(THERE, { PeerDistGetStatus: 0 }).addon)).toEqual({
      reason: 'service-disabled',
      detail: expect.stringContaining('Enable-BCDistributed'),
    });
  });

  test('what is no answer of Windows is no reason', async () => {
    const fault = new Error('out of threads');
    await expect(probeDistribution(addonWith(THERE, { PeerDistStartup: fault }).addon)).rejects.toBe(fault);
  });
});

import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { EventQueue, EventSource } from '#lib/events';
import type { Runtime } from '#lib/runtime';

type Numbered = { readonly event: 'a' | 'b'; readonly n: number };

/** A system that hands events out by hand. */
function system({ refusals = 0 } = {}) {
  const sinks = new Set<(event: Numbered) => void>();
  const counts = { opened: 0, closed: 0 };
  let refuse = refusals;
  const subscribe = async (sink: (event: Numbered) => void) => {
    counts.opened += 1;
    if (refuse-- > 0) throw new Error('the system refuses');
    const own = (event: Numbered) => sink(event);
    sinks.add(own);
    return {
      close: async () => {
        counts.closed += 1;
        sinks.delete(own);
      },
    };
  };
  const runtime = { wait: (_operation, use) => use() } as Pick<Runtime, 'wait'> as Runtime;
  return {
    counts,
    source: new EventSource<Numbered>(runtime, subscribe),
    emit: (n: number, event: 'a' | 'b' = 'a') => {
      for (const sink of [...sinks]) sink({ event, n });
    },
    /** Lets what is under way settle. */
    settled: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
}

/** A signal, and how many listen to it. */
function listened() {
  const { signal } = new AbortController();
  return { signal, listeners: () => getEventListeners(signal, 'abort').length };
}

describe('EventSource', () => {
  test('hands each event to the listeners of its name, in order', async () => {
    const { source, emit } = system();
    const heard: string[] = [];
    source.on('a', ({ n }) => heard.push(`first a${n}`)).on('a', ({ n }) => heard.push(`second a${n}`));
    source.on('b', ({ n }) => heard.push(`b${n}`));
    await source.ready();
    emit(1);
    emit(2, 'b');
    emit(3);
    expect(heard).toEqual(['first a1', 'second a1', 'b2', 'first a3', 'second a3']);
  });

  test('subscribes with the first listener and unsubscribes with the last', async () => {
    const { source, counts, settled } = system();
    const listener = (): void => undefined;
    source.on('a', listener).on('b', listener);
    await source.ready();
    source.off('a', listener);
    await settled();
    expect(counts).toEqual({ opened: 1, closed: 0 });
    source.off('b', listener);
    await settled();
    expect(counts).toEqual({ opened: 1, closed: 1 });
    source.on('a', listener);
    await source.ready();
    expect(counts).toEqual({ opened: 2, closed: 1 });
  });

  test('a listener that leaves and comes back at once hears nothing twice', async () => {
    const { source, emit } = system();
    const heard: number[] = [];
    const listener = ({ n }: Numbered): void => void heard.push(n);
    source.on('a', listener);
    await source.ready();
    source.off('a', listener).on('a', listener);
    await source.ready();
    emit(1);
    expect(heard).toEqual([1]);
  });

  test('once hears one event, and off takes it away before that', async () => {
    const { source, emit, counts, settled } = system();
    const heard: number[] = [];
    const listener = ({ n }: Numbered): void => void heard.push(n);
    source.once('a', listener);
    await source.ready();
    emit(1);
    emit(2);
    expect(heard).toEqual([1]);
    await settled();
    expect(counts).toEqual({ opened: 1, closed: 1 });
    source.once('a', listener);
    await source.ready();
    source.off('a', listener);
    emit(3);
    expect(heard).toEqual([1]);
  });

  test('ready rejects when the system refuses, and asks again the next time', async () => {
    const { source, emit, counts, settled } = system({ refusals: 2 });
    const heard: number[] = [];
    source.on('a', ({ n }) => heard.push(n));
    await expect(source.ready()).rejects.toThrow('the system refuses');
    await settled();
    await expect(source.ready()).rejects.toThrow('the system refuses');
    await settled();
    await source.ready();
    emit(1);
    expect(heard).toEqual([1]);
    expect(counts.opened).toBe(3);
  });

  test('without listeners ready asks for nothing', async () => {
    const { source, counts } = system();
    await source.ready();
    expect(counts.opened).toBe(0);
  });

  test('a listener that throws reaches nobody else and is reported as uncaught', () => {
    const program = `
      import { EventSource } from '#lib/events';
      let emit;
      const source = new EventSource({}, async (sink) => { emit = sink; return { close: async () => {} }; });
      const heard = [];
      process.on('uncaughtException', (error) => heard.push('uncaught ' + error.message));
      source.on('a', () => { throw new Error('mine'); });
      source.on('a', ({ n }) => heard.push(n));
      await source.ready();
      emit({ event: 'a', n: 1 });
      emit({ event: 'a', n: 2 });
      setImmediate(() => console.log(heard.join(', ')));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: '1, 2, uncaught mine, uncaught mine\n', stderr: '' });
  });

  test('each iteration has a subscription of its own; one that overflows ends, the others go on', async () => {
    const { source, emit, counts } = system();
    const slow = source.events({ limit: 2 });
    const quick = source.events();
    const waiting = [slow.next(), quick.next()];
    await Promise.resolve();
    for (const n of [1, 2, 3, 4]) emit(n);
    expect((await Promise.all(waiting)).map(({ value }) => value?.n)).toEqual([1, 1]);
    expect((await slow.next()).value?.n).toBe(2);
    await expect(slow.next()).rejects.toMatchObject({ code: 'ERR_EVENT_OVERFLOW' });
    for (const n of [2, 3, 4]) expect((await quick.next()).value?.n).toBe(n);
    expect(counts).toEqual({ opened: 2, closed: 1 });
    await quick.return();
    expect(counts).toEqual({ opened: 2, closed: 2 });
  });

  test('an iteration misses nothing between the call and its first step', async () => {
    const { source, emit, counts } = system();
    const events = source.events();
    emit(1);
    expect(await events.next()).toEqual({ value: { event: 'a', n: 1 }, done: false });
    await events.return();
    expect(counts).toEqual({ opened: 1, closed: 1 });
  });

  test('an iteration that nobody steps through unsubscribes too', async () => {
    const { source, counts } = system();
    await source.events().return();
    expect(counts).toEqual({ opened: 1, closed: 1 });
  });

  test('an iteration that the system refuses rejects once and leaves no listener at its signal', async () => {
    const { source, settled } = system({ refusals: 1 });
    const { signal, listeners } = listened();
    const events = source.events({ signal });
    await settled();
    await expect(events.next()).rejects.toThrow('the system refuses');
    expect(await events.next()).toEqual({ value: undefined, done: true });
    expect(listeners()).toBe(0);
  });

  test('an iteration that ended leaves no listener at its signal', async () => {
    const { source } = system();
    const { signal, listeners } = listened();
    const events = source.events({ signal });
    expect(listeners()).toBe(1);
    await events.return();
    expect(listeners()).toBe(0);
  });

  test('a signal ends an iteration', async () => {
    const { source, counts } = system();
    const stop = new AbortController();
    const next = source.events({ signal: stop.signal }).next();
    stop.abort();
    expect(await next).toEqual({ value: undefined, done: true });
    expect(counts).toEqual({ opened: 1, closed: 1 });
  });
});

describe('EventQueue', () => {
  test('gives what waits in order, then the end', async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    queue.push(2);
    queue.end();
    queue.push(3);
    expect([await queue.next(), await queue.next(), await queue.next(), await queue.next()]).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
  });

  test('wakes the reader that waits', async () => {
    const queue = new EventQueue<number>();
    const next = queue.next();
    queue.push(1);
    expect(await next).toEqual({ value: 1, done: false });
  });

  test('overflows with one event more than its limit, after those that wait', async () => {
    const queue = new EventQueue<number>({ limit: 1 });
    queue.push(1);
    queue.push(2);
    expect(await queue.next()).toEqual({ value: 1, done: false });
    await expect(queue.next()).rejects.toMatchObject({ code: 'ERR_EVENT_OVERFLOW' });
  });

  test('holds 1,024 events unless told', async () => {
    const queue = new EventQueue<number>();
    for (let n = 0; n < 1024; n++) queue.push(n);
    queue.end();
    let read = 0;
    while (!(await queue.next()).done) read += 1;
    expect(read).toBe(1024);
  });

  test.each([
    ['before', true],
    ['after', false],
  ])('a signal that is aborted %s ends it', async (_when, before) => {
    const stop = new AbortController();
    if (before) stop.abort();
    const queue = new EventQueue<number>({ signal: stop.signal });
    const next = queue.next();
    stop.abort();
    expect(await next).toEqual({ value: undefined, done: true });
  });
});

import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Owner, VirtualTime } from '#fallback/runtime/virtual/virtual-time';

/** Long enough for anything that would happen by itself. */
async function idle(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

describe('virtual time', () => {
  let time: VirtualTime;
  let happened: (string | number)[];
  const at = (name: string) => (): void => void happened.push(name, time.now);
  const owner = (): Owner => ({ gone: false, callers: 0 });

  beforeEach(() => {
    time = new VirtualTime(new Date('2026-01-01T00:00:00Z'));
    happened = [];
  });

  test('stands still while nobody waits', async () => {
    time.after(0, at('timer'));
    await idle();
    expect([time.now, happened]).toEqual([0, []]);
  });

  test('advance passes what is due, in order of time, then of making, and ends at its own time', async () => {
    time.after(20, at('late'));
    time.after(10, at('first'));
    time.after(10, at('second'));
    time.after(31, at('later'));
    await time.advance(30);
    expect(happened).toEqual(['first', 10, 'second', 10, 'late', 20]);
    expect(time.now).toBe(30);
  });

  test('what an event sets off settles before the next one', async () => {
    time.after(5, () => {
      void Promise.resolve()
        .then(() => undefined)
        .then(at('settled'));
      time.after(0, at('same instant'));
    });
    time.after(5, at('next'));
    await time.advance(5);
    expect(happened).toEqual(['settled', 5, 'next', 5, 'same instant', 5]);
  });

  test('several advances at once end each at its own time, the nearest first', async () => {
    time.after(15, at('timer'));
    await Promise.all([
      time.advance(20).then(at('twenty')),
      time.advance(10).then(at('ten')),
      time.advance(10).then(at('ten again')),
      time.advance(0).then(at('none')),
    ]);
    expect(happened).toEqual(['none', 0, 'ten', 10, 'ten again', 10, 'timer', 15, 'twenty', 20]);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('advance(%s) is refused', async (ms) => {
    await expect(time.advance(ms)).rejects.toThrow(RangeError);
  });

  test('runs while a caller waits, and no longer', async () => {
    const reply = new Promise<void>((resolve) => void time.after(100, resolve));
    time.after(101, at('after the reply'));
    await time.awaited(owner(), reply);
    await idle();
    expect([time.now, happened]).toEqual([100, []]);
  });

  test('a caller does not carry time beyond the end of an advance', async () => {
    time.after(50, at('timer'));
    let reply: () => void = () => undefined;
    const caller = time.awaited(owner(), new Promise<void>((resolve) => (reply = resolve)));
    await time.advance(20).then(() => happened.push('advanced', time.now));
    reply();
    await caller;
    await idle();
    expect(happened).toEqual(['advanced', 20]);
  });

  test('stands still while work is under way, whoever waits', async () => {
    let finish: () => void = () => undefined;
    const work = time.busy(new Promise<void>((resolve) => (finish = resolve)));
    time.after(1, at('timer'));
    const advanced = time.advance(10);
    await idle();
    expect([time.now, happened]).toEqual([0, []]);
    finish();
    await Promise.all([work, advanced]);
    expect(happened).toEqual(['timer', 1]);
  });

  test('work that fails and callers whose call fails count no longer', async () => {
    const lost = new Error('lost');
    await expect(time.busy(Promise.reject(lost))).rejects.toBe(lost);
    await expect(time.awaited(owner(), Promise.reject(lost))).rejects.toBe(lost);
    time.after(1, at('timer'));
    await idle();
    expect(happened).toEqual([]);
    await time.advance(1);
    expect(happened).toEqual(['timer', 1]);
  });

  test('the events of an owner that is gone never happen, and its callers do not make time run', async () => {
    const crashed = owner();
    time.after(10, at('gone'), crashed);
    time.after(10, at('there'));
    const early = time.awaited(crashed, new Promise<void>((resolve) => void time.after(1000, resolve)));
    time.end(crashed);
    time.end(crashed);
    time.after(5, at('too late'), crashed).cancel();
    void time.awaited(crashed, new Promise<void>(() => undefined));
    await idle();
    expect(time.now).toBe(0);
    await time.advance(10);
    expect(happened).toEqual(['there', 10]);
    await Promise.all([time.advance(1000), early]);
    // Both callers are off the books: another one still makes time run, and its end stops it.
    await time.awaited(owner(), new Promise<void>((resolve) => void time.after(7, resolve)));
    time.after(1, at('never'));
    await idle();
    expect([time.now, happened]).toEqual([1017, ['there', 10]]);
  });

  test('a cancelled timer does not call, whenever it is cancelled, and does not stay', async () => {
    const timers = Array.from({ length: 1000 }, (_, n) => time.after(1000 + n, at(`timer ${n}`)));
    const [first] = timers;
    for (const timer of timers.slice(1)) timer.cancel();
    for (const timer of timers.slice(1)) timer.cancel();
    expect(time.pending()).toBe(1);
    await time.advance(5000);
    expect(happened).toEqual(['timer 0', 1000]);
    first?.cancel();
    time.after(1, at('last'));
    await time.advance(1);
    expect(happened.slice(2)).toEqual(['last', 5001]);
  });

  test('order holds through any mix of timers and cancellations', async () => {
    const expected: number[] = [];
    const kept: number[] = [];
    for (let n = 0; n < 2000; n++) {
      const ms = (n * 7919) % 503;
      const timer = time.after(ms, () => kept.push(time.now));
      if (n % 3 === 0) timer.cancel();
      else expected.push(ms);
    }
    await time.advance(503);
    expect(kept).toEqual(expected.sort((a, b) => a - b));
  });

  test('wall time is whole ticks and never goes back, however time is divided', async () => {
    expect(time.filetime).toBe(134_116_992_000_000_000n);
    let last = time.filetime;
    for (let n = 0; n < 200; n++) {
      await time.advance(0.1);
      expect(time.filetime).toBeGreaterThanOrEqual(last);
      last = time.filetime;
    }
    expect(last).toBe(134_116_992_000_000_000n + 200_000n);
  });
});

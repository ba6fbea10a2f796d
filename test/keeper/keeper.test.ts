import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshFolder } from '../runtime/real-host.ts';
import { eventually, Sharer } from './sharer.ts';

/** Sharers of a home; the first is its keeper. */
async function sharers(home: string, count: number, options = {}): Promise<Sharer[]> {
  const all: Sharer[] = [];
  for (let n = 0; n < count; n++) {
    const sharer = new Sharer(home, options);
    expect(await sharer.ready).toEqual({ ready: true });
    all.push(sharer);
  }
  return all;
}

function claims(home: string): string[] {
  return readdirSync(join(home, 'run')).sort();
}

describe('processes of a home', () => {
  test('share what the first of them keeps, and hear of it', async () => {
    const home = freshFolder();
    const [one, two, three] = (await sharers(home, 3, { watch: true })) as [Sharer, Sharer, Sharer];
    for (const it of [one, two, three]) expect(await it.result('pid')).toBe(one.pid);
    const heard = [one, two, three].map((it) => it.nextEvent());
    expect(await two.result('add', 'a')).toBe(1);
    expect(await Promise.all(heard)).toEqual(Array(3).fill({ event: { added: 1 } }));
    expect(await three.result('echo', { text: 'ü', list: [1, null] })).toEqual({ text: 'ü', list: [1, null] });
    expect(await two.ask('refuse')).toEqual({ id: 3, code: 'ERR_NO', message: 'no' });
  });

  test('what a client opened and watches goes with it, whether it leaves or is killed', async () => {
    const home = freshFolder();
    const [keeper, two, three] = (await sharers(home, 3, { watch: true })) as [Sharer, Sharer, Sharer];
    for (const it of [keeper, two, two, three]) await it.result('open');
    expect(await keeper.result('counts')).toEqual({ clients: 3, handles: 4, watchers: 3 });
    await two.kill();
    await eventually(() => keeper.result('counts')).toEqual({ clients: 2, handles: 2, watchers: 2 });
    await three.leave();
    await eventually(() => keeper.result('counts')).toEqual({ clients: 1, handles: 1, watchers: 1 });
  });

  test.each(['kill', 'leave'] as const)(
    'go on when their keeper ends by %s, and hear what happens then',
    async (end) => {
      const home = freshFolder();
      const [keeper, two, three] = (await sharers(home, 3, { watch: true })) as [Sharer, Sharer, Sharer];
      expect(await two.result('add', 'a')).toBe(1);
      await keeper[end]();
      expect(await two.result('add', 'b')).toBe(2);
      const pid = await three.result('pid');
      expect(pid).toBe(await two.result('pid'));
      expect([two.pid, three.pid]).toContain(pid);
      const heard = [two, three].map((it) => it.nextEvent());
      await three.result('add', 'c');
      expect(await Promise.all(heard)).toEqual(Array(2).fill({ event: { added: 3 } }));
      expect(claims(home)).toEqual(['things.2']);
    },
  );

  test('a call that was on its way is asked again where it may be, and lost else', async () => {
    const home = freshFolder();
    const [keeper, two] = (await sharers(home, 2)) as [Sharer, Sharer];
    const calls = [two.ask('never', [], { again: false }), two.ask('never', [], { again: true })] as const;
    await two.result('pid');
    await keeper.kill();
    const sentence = `the process ${keeper.pid}, which keeps the things of ${home}, went away`;
    expect(await calls[0]).toEqual({ id: 1, code: 'ERR_KEEPER_LOST', message: sentence });
    expect(await two.result('counts')).toMatchObject({ clients: 1 });
  });

  test('many that start at the same instant have one keeper', async () => {
    const home = freshFolder();
    for (let round = 0; round < 2; round++) {
      const all = Array.from({ length: 6 }, () => new Sharer(home));
      await Promise.all(all.map((it) => it.ready));
      const numbers = await Promise.all(all.flatMap((it) => [1, 2, 3].map(() => it.result('add', 'x'))));
      expect(numbers.sort((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: 18 }, (_, i) => 18 * round + i + 1),
      );
      expect(new Set(await Promise.all(all.map((it) => it.result('pid')))).size).toBe(1);
      // The next round finds what a killed keeper left.
      await Promise.all(all.map((it) => it.kill()));
      expect(claims(home)).toHaveLength(1);
    }
  });

  test('keepers that are killed one after the other lose nothing that was acknowledged', async () => {
    const home = freshFolder();
    const all = await sharers(home, 5);
    const acknowledged: unknown[] = [];
    while (all.length > 0) {
      const pid = await all[0]?.result('pid');
      const keeper = all.find((it) => it.pid === pid) as Sharer;
      const writes = all.flatMap((it) => Array.from({ length: 20 }, () => it.ask('add', ['x'])));
      await Promise.race(writes);
      await keeper.kill();
      acknowledged.push(...(await Promise.all(writes)).map((it) => it?.result));
      all.splice(all.indexOf(keeper), 1);
    }
    const numbers = acknowledged.filter((it) => it !== undefined);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(readdirSync(join(home, 'things')).length).toBeGreaterThanOrEqual(numbers.length);
  });
});

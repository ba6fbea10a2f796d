import { describe, expect, test } from 'vitest';
import { SegmentSession, type SessionTasks } from '#fallback/distribution/session/segment-session';
import { type BlockServer, serverKey } from '#fallback/distribution/session/server';
import type { CachedBlock } from '#lib/backend/contract/cache-store';

const server = (number: number, kind: BlockServer['kind'] = 'peer'): BlockServer => ({
  kind,
  remote: { address: `10.0.0.${number}`, port: 80 },
});
const RIGHT: CachedBlock = { cipher: 'none', iv: new Uint8Array(0), bytes: Uint8Array.of(1) };
const WRONG: CachedBlock = { ...RIGHT, bytes: Uint8Array.of(0) };

interface Asked {
  readonly what: string;
  readonly answer: (value: CachedBlock | readonly number[] | Error | undefined) => void;
}

/** A session with servers that answer when they are told to. */
class Scene {
  /** What servers are asked for and have not answered, by their number: `list 0` from block 0 on, `block 3`. */
  readonly asked = new Map<string, Asked>();
  readonly taken: string[] = [];
  readonly failed: string[] = [];
  readonly loads = new Map<string, number>();
  readonly avoided = new Set<string>();
  /** Whether who failed to list may be asked again. */
  patience = false;
  keep: Promise<void> = Promise.resolve();
  readonly session: SegmentSession;

  constructor() {
    const tasks: SessionTasks = {
      list: async (it, first) => new Set((await this.#ask(it, `list ${first}`)) as readonly number[]),
      fetch: async (it, index) => (await this.#ask(it, `block ${index}`)) as CachedBlock | undefined,
      take: (it, index, block) => {
        if (block !== RIGHT) return undefined;
        this.taken.push(`${index} of ${it.remote.address.slice(7)}`);
        return { kept: this.keep };
      },
      failed: (it, request) => {
        this.failed.push(`${request} of ${it.remote.address.slice(7)}`);
        return this.patience;
      },
      isAvoided: (it) => this.avoided.has(serverKey(it)),
      load: (it) => (this.loads.get(serverKey(it)) === 8 ? undefined : (this.loads.get(serverKey(it)) ?? 0)),
    };
    this.session = new SegmentSession(tasks);
  }

  /** What the servers are being asked, by number. */
  get questions(): Record<string, string> {
    return Object.fromEntries([...this.asked].map(([number, { what }]) => [number, what]));
  }

  async answer(number: number, value: CachedBlock | readonly number[] | Error | undefined): Promise<void> {
    const asked = this.asked.get(String(number));
    if (asked === undefined) throw new Error(`server ${number} is not asked`);
    this.asked.delete(String(number));
    asked.answer(value);
    await settled();
  }

  #ask({ remote: { address } }: BlockServer, what: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const answer: Asked['answer'] = (value) => (value instanceof Error ? reject(value) : resolve(value));
      this.asked.set(address.slice(7), { what, answer });
    });
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A session that wants some blocks, with servers 1 and so on. */
function wanting(blocks: readonly number[], servers: number): Scene {
  const scene = new Scene();
  for (let number = 1; number <= servers; number += 1) scene.session.found(server(number));
  scene.session.want(blocks);
  return scene;
}

describe('a segment retrieval session', () => {
  test('asks for three consecutive blocks at once, of each server one', async () => {
    const scene = wanting([4, 5, 6], 2);
    expect(scene.questions).toEqual({ 1: 'block 4', 2: 'block 5' });
    await scene.answer(2, RIGHT);
    expect(scene.questions).toEqual({ 1: 'block 4', 2: 'block 6' });
    await scene.answer(1, RIGHT);
    await scene.answer(2, RIGHT);
    expect(scene.taken).toEqual(['5 of 2', '4 of 1', '6 of 2']);
    expect([scene.questions, scene.session.isQuiet]).toEqual([{}, true]);
  });

  test.each([
    ['four', [0, 1, 2, 3]],
    ['two that are apart', [0, 2]],
  ])('asks first which there are for %s', async (_what, blocks) => {
    const scene = wanting(blocks, 2);
    expect(scene.questions).toEqual({ 1: 'list 0', 2: 'list 0' });
    await scene.answer(2, [0, 2]);
    expect(scene.questions).toEqual({ 1: 'list 0', 2: 'block 0' });
    await scene.answer(1, [0]);
    expect(scene.questions).toEqual({ 2: 'block 0' });
    await scene.answer(2, RIGHT);
    expect(scene.questions).toEqual({ 2: 'block 2' });
  });

  test('says that a block came before it is kept, and asks its server for the next one after that', async () => {
    const scene = wanting([0, 1], 1);
    let keep: () => void = () => undefined;
    scene.keep = new Promise((resolve) => {
      keep = resolve;
    });
    const came = scene.session.came(0);
    await scene.answer(1, RIGHT);
    expect(await came).toBe(true);
    expect(scene.questions).toEqual({});
    keep();
    await settled();
    expect(scene.questions).toEqual({ 1: 'block 1' });
  });

  test('gives up what nobody has, once everybody has answered and nobody is looked for', async () => {
    const scene = new Scene();
    let over: () => void = () => undefined;
    const search = new Promise<void>((resolve) => {
      over = resolve;
    });
    void scene.session.locate(search);
    scene.session.want([0]);
    let came: boolean | undefined;
    void scene.session.came(0).then((it) => {
      came = it;
    });
    scene.session.found(server(1));
    await scene.answer(1, undefined);
    expect([came, scene.session.mayCome(0)]).toEqual([undefined, true]);
    over();
    await settled();
    expect([came, scene.session.mayCome(0), scene.session.isQuiet]).toEqual([false, false, true]);
    expect(await scene.session.came(0)).toBe(false);
  });

  test('asks the next server for what one lacks, and tells at once where another has nothing of it', async () => {
    const scene = wanting([0, 1, 2, 3], 2);
    const [first, last] = [scene.session.came(0), scene.session.came(3)];
    await scene.answer(1, [0, 1, 2]);
    await scene.answer(2, [0, 1]);
    expect(await last).toBe(false);
    await scene.answer(1, undefined);
    await scene.answer(2, RIGHT);
    expect(scene.questions).toEqual({ 1: 'block 2', 2: 'block 0' });
    await scene.answer(2, RIGHT);
    expect(await first).toBe(true);
    expect(scene.taken).toEqual(['1 of 2', '0 of 2']);
  });

  test('drops a wrong block and its sender, and takes the bytes from another', async () => {
    const scene = wanting([0], 2);
    expect(scene.questions).toEqual({ 1: 'block 0' });
    await scene.answer(1, WRONG);
    expect(scene.questions).toEqual({ 2: 'block 0' });
    await scene.answer(2, RIGHT);
    scene.session.want([1, 2]);
    expect(scene.questions).toEqual({ 2: 'block 1' });
    expect(scene.taken).toEqual(['0 of 2']);
  });

  test('takes a wrong block of a hosted cache for one that it lacks', async () => {
    const scene = new Scene();
    scene.session.found(server(1, 'hosted-cache'));
    scene.session.want([0, 1]);
    const came = scene.session.came(0);
    await scene.answer(1, WRONG);
    expect(await came).toBe(false);
    expect(scene.questions).toEqual({ 1: 'block 1' });
    await scene.answer(1, RIGHT);
    expect([scene.taken, scene.failed]).toEqual([['1 of 1'], []]);
  });

  test('removes who fails to give a block, and asks others', async () => {
    const scene = wanting([0, 1, 2], 2);
    await scene.answer(1, new Error('gone'));
    expect(scene.questions).toEqual({ 2: 'block 1' });
    await scene.answer(2, RIGHT);
    expect(scene.questions).toEqual({ 2: 'block 0' });
    expect(scene.failed).toEqual(['fetch of 1']);
  });

  test('asks who fails to list again as long as it may', async () => {
    const scene = wanting([0, 1, 2, 3], 1);
    scene.patience = true;
    await scene.answer(1, new Error('late'));
    expect(scene.questions).toEqual({ 1: 'list 0' });
    scene.patience = false;
    const came = scene.session.came(0);
    await scene.answer(1, new Error('late'));
    expect(await came).toBe(false);
    expect(scene.failed).toEqual(['list of 1', 'list of 1']);
  });

  test('asks those first that have least to do, and nobody who has enough', async () => {
    const scene = new Scene();
    scene.loads
      .set(serverKey(server(1)), 8)
      .set(serverKey(server(2)), 5)
      .set(serverKey(server(3)), 2);
    for (const number of [1, 2, 3]) scene.session.found(server(number));
    scene.session.want([0, 1, 2]);
    expect(scene.questions).toEqual({ 3: 'block 0', 2: 'block 1' });
    scene.loads.set(serverKey(server(1)), 7);
    scene.session.schedule();
    expect(scene.questions).toEqual({ 3: 'block 0', 2: 'block 1', 1: 'block 2' });
  });

  test('asks nobody any more who is avoided meanwhile', async () => {
    const scene = wanting([0, 1, 2], 2);
    scene.avoided.add(serverKey(server(1)));
    await scene.answer(1, RIGHT);
    expect(scene.questions).toEqual({ 2: 'block 1' });
    scene.avoided.add(serverKey(server(2)));
    const came = scene.session.came(2);
    await scene.answer(2, RIGHT);
    expect([await came, scene.taken]).toEqual([false, ['0 of 1', '1 of 2']]);
  });

  test('asks anew what servers have when they are looked for again', async () => {
    const scene = wanting([0, 1, 2, 3], 1);
    await scene.answer(1, [0]);
    await scene.answer(1, RIGHT);
    expect([scene.session.mayCome(1), scene.questions]).toEqual([false, {}]);
    void scene.session.locate(Promise.resolve());
    scene.session.want([1, 2, 3, 4]);
    expect(scene.questions).toEqual({ 1: 'list 1' });
    await scene.answer(1, [1, 2]);
    expect(scene.questions).toEqual({ 1: 'block 1' });
  });

  test('asks for nothing more when nobody waits, or it has ended', async () => {
    const scene = wanting([0, 1, 2], 1);
    scene.session.rest();
    await scene.answer(1, RIGHT);
    expect([scene.questions, scene.taken]).toEqual([{}, ['0 of 1']]);
    scene.session.want([1, 2]);
    const came = scene.session.came(2);
    scene.session.rest();
    await scene.answer(1, RIGHT);
    expect(scene.questions).toEqual({ 1: 'block 2' });
    scene.session.end();
    expect(await came).toBe(false);
    await scene.answer(1, undefined);
    expect([scene.questions, scene.session.isQuiet]).toEqual([{}, true]);
  });
});

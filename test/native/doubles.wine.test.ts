import { afterAll, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { held } from './stage.ts';
import { Windows } from './wine.ts';

suite('the doubles', ['wine'], () => {
  const windows = new Windows(['p2p.dll']);
  afterAll(() => windows[Symbol.dispose]());

  test('starts', async () => {
    const stage = windows.stage();
    const ended = await windows.node(['-p', 'process.version'], { env: stage.env });
    console.log(ended, stage.calls(), held(stage.calls()));
    expect(ended.status).toBe(0);
  });
});

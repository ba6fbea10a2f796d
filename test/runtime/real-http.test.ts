import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpHandler } from '#lib/backend/contract/http';
import { multicastLink, realHost } from './real-host.ts';

const LIMITS = { maxBody: 1000, receiveMs: 60_000, answerMs: 60_000, maxConnections: 100 };
const CALL = { method: 'POST', path: '/', maxBody: 1000 };

/** What keeps a program alive that serves, asks itself more at once than are kept, and then does `last` with the listener. */
async function remaining(last: string): Promise<string[]> {
  const program = `
    import { realClock } from '#fallback/runtime/clock';
    import { realHttp } from '#fallback/runtime/http';
    import { realInterfaces } from '#fallback/runtime/interfaces';
    const http = realHttp(realInterfaces(), realClock());
    const local = { address: '::1', port: 0 };
    const listener = await http.serve(local, ${JSON.stringify(LIMITS)}, async () => ({ status: 200 }));
    await Promise.all(Array.from({ length: 40 }, () => http.exchange(listener.local, ${JSON.stringify(CALL)})));
    ${last};
    // Handles that are being closed go within a turn or two.
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
    process.stdout.write(JSON.stringify(process.getActiveResourcesInfo()));
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return (JSON.parse(stdout) as string[]).filter((it) => it.startsWith('TCP'));
}

describe('real http', () => {
  test('connections that are kept keep no process alive, nor does a listener that is told not to', async () => {
    expect(await remaining('listener.hold(false)')).toEqual([]);
    expect(await remaining('listener.hold(false); listener.hold(true)')).not.toEqual([]);
    expect(await remaining('await listener.close()')).toEqual([]);
  });

  test('over IPv4, and on a link', async () => {
    const host = realHost();
    const from: HttpHandler = async ({ local, remote }) => ({
      status: 200,
      body: [Buffer.from(JSON.stringify([local, remote]))],
    });
    const link = multicastLink('IPv6');
    const scoped = host.interfaces
      .list()
      .filter(({ name }) => name === link)
      .flatMap(({ name, addresses }) => addresses.map((address) => ({ address, port: 0, scope: name })))
      .filter(({ address }) => address.startsWith('fe80:'));
    for (const local of [{ address: '127.0.0.1', port: 0 }, ...scoped]) {
      const listener = await host.http.serve(local, LIMITS, from);
      onTestFinished(() => listener.close());
      const reply = await host.http.exchange(listener.local, CALL);
      const ends = JSON.parse(Buffer.from(reply.body).toString()) as object[];
      expect(ends[0]).toEqual(listener.local);
      expect(ends[1]).toMatchObject({ ...local, port: expect.any(Number) });
    }
  });

  test('what is no address can’t be listened on', async () => {
    const serving = realHost().http.serve({ address: 'localhost', port: 0 }, LIMITS, async () => ({ status: 200 }));
    await expect(serving).rejects.toMatchObject({ code: 'EINVAL' });
  });
});

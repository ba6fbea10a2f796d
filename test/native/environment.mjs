// Runs in Windows Node.js: what threads, handles and the ends of environments do to calls of the addon, on one stage of
// the doubles. Arguments: a part, and the addon. What it prints as JSON, the test judges.
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { answered, called } from './called.mjs';

/** @typedef {import('../../lib/backend/native/addon.ts').WholeAddon} WholeAddon */

const [part = '', file = ''] = isMainThread ? process.argv.slice(2) : workerData;
/** A worker that ends alone has it: Node.js unloads an addon with the last environment that loaded it. @type {WholeAddon} */
const addon = isMainThread && ['terminated', 'searching'].includes(part) ? {} : createRequire(import.meta.url)(file);
const stage = process.env.WINPEER_DOUBLES ?? '';

/** Lets go on what waits in the double. */
const openGate = () => writeFileSync(join(stage, 'gate'), '');

/** @param {() => unknown} act */
async function faultOf(act) {
  try {
    await act();
    return 'none';
  } catch (error) {
    const { name, code, hresult } = /** @type {Record<string, unknown>} */ (error);
    return { name, code, hresult };
  }
}

const INFO = { cloudName: null, publishingIdentity: null, addresses: [], port: 0, comment: null, payload: null };
const SOCKET = { address: new Uint8Array(16), port: 0, scopeId: 0 };

/** @type {Readonly<Record<string, () => Promise<unknown>>>} */
const PARTS = {
  async 'wrong use'() {
    const loose = /** @type {Record<string, (...values: unknown[]) => unknown>} */ (/** @type {unknown} */ (addon));
    const enumeration = await addon.PeerEnumIdentities();
    const closed = await addon.PeerEnumIdentities();
    await addon.PeerEndEnumeration(closed);
    const provider = await addon.CryptAcquireContext('', 1, 0xf0000000);
    const session = await addon.PeerPnrpStartup(2);
    const detached = new Uint8Array(8);
    structuredClone(detached, { transfer: [detached.buffer] });
    /** @type {Record<string, [string, ...unknown[]]>} */
    const uses = {
      'no argument': ['PeerIdentityDelete'],
      'a number for a text': ['PeerIdentityDelete', 5],
      'null for a text': ['PeerIdentityDelete', null],
      'a text with NUL': ['PeerIdentityGetXML', 'a\0b'],
      'a number for a handle': ['PeerGetItemCount', 7],
      'an object for a handle': ['PeerGetItemCount', {}],
      'a promise for a handle': ['PeerGetItemCount', addon.PeerIdentityGetDefault()],
      'a copy of a handle': ['PeerGetItemCount', { ...enumeration }],
      'an heir of a handle': ['PeerGetItemCount', Object.create(enumeration)],
      'no listener': ['PeerPnrpStartResolve', session, 'a', null, 1],
      'a session that is none': ['PeerPnrpRegister', provider, 'a', null],
      'a text for addresses': ['PeerPnrpRegister', session, 'a', { ...INFO, addresses: 'x' }],
      'an address of 5 bytes': [
        'PeerPnrpRegister',
        session,
        'a',
        { ...INFO, addresses: [{ ...SOCKET, address: new Uint8Array(5) }] },
      ],
      'a port of 17 bits': ['PeerPnrpRegister', session, 'a', { ...INFO, port: 0x10000 }],
      'a port of 17 bits in an address': [
        'PeerPnrpRegister',
        session,
        'a',
        { ...INFO, addresses: [{ ...SOCKET, port: 0x10000 }] },
      ],
      'a name with NUL': ['PeerPnrpRegister', session, 'a\0', null],
      'a text for a payload': ['PeerPnrpRegister', session, 'a', { ...INFO, payload: 'x' }],
      'a word for whether': ['hold', 'yes'],
      'a handle of another kind': ['CryptReleaseContext', enumeration],
      'a handle of another area': ['PeerEndEnumeration', provider],
      'a closed handle': ['PeerGetNextItem', closed, 1],
      'a handle closed twice': ['PeerEndEnumeration', closed],
      'a negative count': ['PeerGetNextItem', enumeration, -1],
      'a broken count': ['PeerGetNextItem', enumeration, 1.5],
      'a text for bytes': ['CryptImportKey', provider, 'x', 0],
      'words for bytes': ['CryptImportKey', provider, new Uint16Array(4), 0],
      'detached bytes': ['CryptImportKey', provider, detached, 0],
      'a promise of nobody’s': ['abandon', Promise.resolve(), 0],
    };
    const faults = Object.entries(uses).map(async ([what, [name, ...values]]) => [
      what,
      await faultOf(async () => (await loose[name]?.(...values)) || 'none'),
    ]);
    const report = Object.fromEntries(await Promise.all(faults));
    await addon.PeerEndEnumeration(enumeration);
    await addon.CryptReleaseContext(provider);
    await addon.PeerPnrpShutdown(session);
    return report;
  },

  /** One call brings a block, one a handle, and one never begins. */
  async abandoned() {
    const open = await addon.PeerEnumGroups('a');
    const calls = [
      addon.PeerIdentityGetDefault(),
      addon.PeerEnumIdentities(),
      addon.PeerGetItemCount(open),
      addon.PeerGetNextItem(open, 1),
    ];
    await called({ PeerIdentityGetDefault: 1, PeerEnumIdentities: 1, PeerGetItemCount: 1 });
    const reasons = calls.map((call, at) => [addon.abandon(call, at), addon.abandon(call, 'again')]);
    const settled = await Promise.allSettled(calls);
    openGate();
    await addon.PeerEndEnumeration(open);
    await answered({ PeerFreeData: 1, PeerEndEnumeration: 2 });
    return { reasons, settled: settled.map((it) => it.status === 'rejected' && it.reason) };
  },

  /** The environment ends while calls wait in Windows, others in the queue, and handles are open. */
  async terminated() {
    if (!isMainThread) {
      const open = await addon.PeerEnumGroups('a');
      await addon.PeerEnumGroups('b');
      const calls = [
        addon.PeerIdentityGetDefault(),
        addon.PeerEnumIdentities(),
        addon.PeerGetItemCount(open),
        addon.PeerGetNextItem(open, 1),
      ];
      await called({ PeerIdentityGetDefault: 1, PeerEnumIdentities: 1, PeerGetItemCount: 1 });
      parentPort?.postMessage('waiting');
      return Promise.all(calls);
    }
    const worker = new Worker(new URL(import.meta.url), { workerData: [part, file] });
    await new Promise((resolve) => worker.once('message', resolve));
    const status = await worker.terminate();
    openGate();
    await answered({ PeerFreeData: 1, PeerEndEnumeration: 3 });
    return status;
  },

  /** The environment ends while Windows searches, while it tells what it found, and with a name registered. */
  async searching() {
    if (!isMainThread) {
      const session = await addon.PeerPnrpStartup(2);
      await addon.PeerPnrpRegister(session, '0.a', null);
      const heard = () => undefined;
      await addon.PeerPnrpStartResolve(session, '0.a', null, 9, heard);
      await addon.PeerPnrpStartResolve(session, '0.b', null, 9, heard);
      await called({ PeerPnrpGetEndpoint: 1 });
      parentPort?.postMessage('waiting');
      addon.hold(true);
      return;
    }
    const worker = new Worker(new URL(import.meta.url), { workerData: [part, file] });
    await new Promise((resolve) => worker.once('message', resolve));
    const terminated = worker.terminate();
    openGate();
    const status = await terminated;
    await answered({ PeerPnrpShutdown: 1 });
    return status;
  },

  async 'exit in a search'() {
    const session = await addon.PeerPnrpStartup(2);
    await addon.PeerPnrpRegister(session, '0.a', null);
    for (const name of ['0.a', '0.b']) await addon.PeerPnrpStartResolve(session, name, null, 9, () => undefined);
    await called({ PeerPnrpGetEndpoint: 1 });
    process.exit(7);
  },

  /** Nothing but what is open keeps it alive. */
  async 'unheld search'() {
    const session = await addon.PeerPnrpStartup(2);
    await addon.PeerPnrpStartResolve(session, '0.a', null, 9, () => undefined);
    addon.hold(true);
    addon.hold(false);
    return 'left';
  },

  /** What a search brings is nobody’s: it is ended where it began. */
  async 'abandoned search'() {
    const session = await addon.PeerPnrpStartup(2);
    const search = addon.PeerPnrpStartResolve(session, '0.a', null, 9, () => undefined);
    await called({ PeerPnrpStartResolve: 1 });
    addon.abandon(search, 'reason');
    const [settled] = await Promise.allSettled([search]);
    openGate();
    await answered({ PeerPnrpEndResolve: 1 });
    await addon.PeerPnrpShutdown(session);
    return settled;
  },

  /** A listener that throws is an uncaught exception, and harms no other. */
  async 'throwing listener'() {
    const session = await addon.PeerPnrpStartup(2);
    const thrown = new Promise((resolve) => process.once('uncaughtException', (error) => resolve(error.message)));
    addon.hold(true);
    await addon.PeerPnrpStartResolve(session, '0.a', null, 9, () => {
      throw new Error('of the listener');
    });
    const told = await new Promise((resolve) =>
      addon.PeerPnrpStartResolve(session, '0.b', null, 9, (error) => resolve(Object(error).hresult)),
    );
    addon.hold(false);
    return [await thrown, told];
  },

  async exit() {
    await addon.PeerEnumGroups('a');
    addon.PeerIdentityGetDefault();
    await called({ PeerIdentityGetDefault: 1 });
    process.exit(7);
  },

  async collected() {
    await addon.PeerEnumGroups('a');
    const collect = /** @type {() => void} */ (globalThis.gc);
    const collecting = setInterval(collect, 10);
    await answered({ PeerEndEnumeration: 1 });
    clearInterval(collecting);
    return 'ended';
  },

  /** More calls than threads, all of them held back; the file system works meanwhile. */
  async threads() {
    const calls = Array.from({ length: 100 }, () => addon.PeerIdentityGetDefault());
    await called({ PeerIdentityGetDefault: 32 });
    await Promise.all(Array.from({ length: 8 }, () => readFile(file)));
    openGate();
    return (await Promise.all(calls)).length;
  },

  /** Calls on one handle, none of which waits for the one before. */
  async order() {
    const enumeration = await addon.PeerEnumGroups('a');
    const items = Array.from({ length: 40 }, () => addon.PeerGetNextItem(enumeration, 1));
    const end = addon.PeerEndEnumeration(enumeration);
    const names = (await Promise.all(items)).flat().map((it) => it.peerName);
    await end;
    return names;
  },
};

const result = await PARTS[part]?.();
if (isMainThread) console.log(JSON.stringify(result));

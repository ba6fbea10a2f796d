// Runs in Windows Node.js: what the ends of handles and environments do to calls of Winsock that wait, on one stage of the
// double. Arguments: a part, the addon, and the double. What it prints as JSON, the test judges.
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { answered, called } from './called.mjs';

/** @typedef {import('../../lib/backend/native/addon.ts').WholeAddon} WholeAddon */

const [part = '', file = '', double = ''] = isMainThread ? process.argv.slice(2) : workerData;
const require = createRequire(import.meta.url);
require(double);
/** A worker that ends alone has it: Node.js unloads an addon with the last environment that loaded it. @type {WholeAddon} */
const addon = isMainThread && part === 'terminated' ? {} : require(file);

const SIO_NSP_NOTIFY_CHANGE = 0x88000019;
const CLOUDS = {
  nameSpace: 39,
  serviceInstanceName: null,
  comment: null,
  context: null,
  localAddresses: [],
  blob: null,
};

/** Two calls that wait in Windows, and one of each kind behind them. */
async function waiting() {
  const winsock = await addon.WSAStartup();
  const lookup = await addon.WSALookupServiceBeginW(winsock, CLOUDS, 0);
  const calls = [0, 1].flatMap(() => [
    addon.WSALookupServiceNextW(lookup, 0),
    addon.WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE),
  ]);
  await called({ WSALookupServiceNextW: 1, WSANSPIoctl: 1 });
  return { winsock, settled: Promise.allSettled(calls) };
}

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

/** @type {Readonly<Record<string, () => Promise<unknown>>>} */
const PARTS = {
  async terminated() {
    if (!isMainThread) {
      const { settled } = await waiting();
      parentPort?.postMessage('waiting');
      return settled;
    }
    const worker = new Worker(new URL(import.meta.url), { workerData: [part, file, double] });
    await new Promise((resolve) => worker.once('message', resolve));
    const status = await worker.terminate();
    await answered({ WSALookupServiceEnd: 1, WSACleanup: 1 });
    return status;
  },

  async exit() {
    await waiting();
    process.exit(7);
  },

  /** Nobody has the lookup any more. */
  async collected() {
    const { winsock, settled } = await waiting();
    const collect = /** @type {() => void} */ (globalThis.gc);
    const collecting = setInterval(collect, 10);
    const ends = await settled;
    clearInterval(collecting);
    await addon.WSACleanup(winsock);
    return ends.map((it) => it.status === 'rejected' && it.reason.hresult);
  },

  /** What waits can be given up without the lookup's end. */
  async abandoned() {
    const winsock = await addon.WSAStartup();
    const lookup = await addon.WSALookupServiceBeginW(winsock, CLOUDS, 0);
    const next = addon.WSALookupServiceNextW(lookup, 0);
    await called({ WSALookupServiceNextW: 1 });
    const abandoned = addon.abandon(next, 'enough');
    const [settled] = await Promise.allSettled([next]);
    await addon.WSALookupServiceEnd(lookup);
    await addon.WSACleanup(winsock);
    return [abandoned, settled?.status === 'rejected' && settled.reason];
  },

  async 'wrong use'() {
    const loose = /** @type {Record<string, (...values: unknown[]) => unknown>} */ (/** @type {unknown} */ (addon));
    const winsock = await addon.WSAStartup();
    const closed = await addon.WSAStartup();
    await addon.WSACleanup(closed);
    const address = { address: new Uint8Array(5), port: 1, scopeId: 0 };
    /** @type {Record<string, [string, ...unknown[]]>} */
    const uses = {
      'no argument': ['WSASetServiceW'],
      'no query set': ['WSASetServiceW', winsock],
      'a text for a query set': ['WSASetServiceW', winsock, 'x', 0, 0],
      'an empty query set': ['WSASetServiceW', winsock, {}, 0, 0],
      'a text with NUL': ['WSALookupServiceBeginW', winsock, { ...CLOUDS, context: 'a\0b' }, 0],
      'a text for addresses': ['WSASetServiceW', winsock, { ...CLOUDS, localAddresses: 'x' }, 0, 0],
      'an address of 5 bytes': ['WSASetServiceW', winsock, { ...CLOUDS, localAddresses: [address] }, 0, 0],
      'a number for a blob': ['WSASetServiceW', winsock, { ...CLOUDS, blob: 1 }, 0, 0],
      'a scope that is none': ['WSALookupServiceBeginW', winsock, { ...CLOUDS, blob: { scope: -1 } }, 0],
      'no flags': ['WSALookupServiceBeginW', winsock, CLOUDS],
      'a handle of another kind': ['WSALookupServiceNextW', winsock, 0],
      'a closed handle': ['WSALookupServiceBeginW', closed, CLOUDS, 0],
      'a handle closed twice': ['WSACleanup', closed],
    };
    const faults = Object.entries(uses).map(async ([what, [name, ...values]]) => [
      what,
      await faultOf(async () => loose[name]?.(...values)),
    ]);
    const report = Object.fromEntries(await Promise.all(faults));
    await addon.WSACleanup(winsock);
    return report;
  },
};

const result = await PARTS[part]?.();
if (isMainThread) console.log(JSON.stringify(result));

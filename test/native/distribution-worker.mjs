// Runs in Windows Node.js, as a worker or as a process: calls of peerdist.dll go on, and then it ends. Argument of a process:
// the addon.
import { createRequire } from 'node:module';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { called } from './called.mjs';

/** @type {import('../../lib/backend/native/addon.ts').WholeAddon} */
const addon = createRequire(import.meta.url)(isMainThread ? (process.argv[2] ?? '') : workerData);

const { instance } = await addon.PeerDistStartup(2);
const heard = () => undefined;
await addon.PeerDistRegisterForStatusChangeNotificationEx(instance, addon.overlapped(), heard);
const content = await addon.PeerDistClientOpenContent(instance, new Uint8Array(16));
const stream = await addon.PeerDistServerPublishStream(instance, new Uint8Array(1), 0n, 2);
for (let read = 0; read < 70; read++) addon.PeerDistClientBlockRead(content, 0n, 65_536, 0, addon.overlapped());
addon.PeerDistServerPublishAddToStream(stream, new Uint8Array(65_536), addon.overlapped());
await called({ PeerDistClientBlockRead: 70, PeerDistServerPublishAddToStream: 1 });
if (isMainThread) process.exit(7);
parentPort?.postMessage('waiting');

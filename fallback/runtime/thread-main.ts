import { parentPort, workerData } from 'node:worker_threads';
import { threadFiles } from './files.js';
import type { ThreadAnswer, ThreadCall, ThreadModule } from './threads.js';

// What runs on a thread: the functions of one module, called by messages.
const { start } = (await import(workerData as string)) as ThreadModule;
const functions = start(threadFiles);

parentPort?.on('message', ({ name, argument }: ThreadCall) => {
  let answer: ThreadAnswer;
  try {
    answer = { value: functions[name]?.(argument) };
  } catch (error) {
    const { message, stack, code } = error as NodeJS.ErrnoException;
    answer = { error: { message, stack, code } };
  }
  parentPort?.postMessage(answer);
});

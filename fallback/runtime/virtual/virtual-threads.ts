import type { Threads } from '../../../lib/backend/contract/host.js';
import { threadFiles } from '../files.js';
import type { ThreadModule } from '../threads.js';
import type { VirtualTime } from './virtual-time.js';

/** There is one event loop: a second thread that waited for the first would block it. */
const COUNT = 1;

/** On the event loop, in no virtual time; files are those of the machine that simulates. */
export function virtualThreads(time: VirtualTime): Threads {
  return {
    count: COUNT,
    open(module) {
      let functions: Promise<ReturnType<ThreadModule['start']>> | undefined;
      let last: Promise<unknown> = Promise.resolve();
      return {
        call(name, argument) {
          functions ??= import(module).then(({ start }: ThreadModule) => start(threadFiles));
          const own = functions;
          const copied = new Promise((resolve) => resolve(structuredClone(argument)));
          const call = Promise.all([own, copied, last]).then(([it, copy]) => structuredClone(it[name]?.(copy)));
          last = call.catch(() => undefined);
          return time.busy(call);
        },
        async close() {
          functions = undefined;
          await last;
        },
      };
    },
  };
}

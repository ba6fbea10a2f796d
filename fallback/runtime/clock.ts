import type { Clock } from '../../lib/backend/contract/host.js';
import { filetimeFromDate } from '../wire/filetime.js';

/** `setTimeout` takes no more; a longer wait would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export function realClock(): Clock {
  return {
    now: () => performance.now(),
    filetime: () => filetimeFromDate(new Date()),
    after(ms, callback) {
      let timer = start(ms);
      function start(left: number): NodeJS.Timeout {
        if (left <= LONGEST_MS) return setTimeout(callback, left).unref();
        return setTimeout(() => {
          timer = start(left - LONGEST_MS);
        }, LONGEST_MS).unref();
      }
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

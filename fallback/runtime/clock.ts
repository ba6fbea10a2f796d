import type { Clock } from '../../lib/backend/contract/host.js';
import { filetimeFromDate } from '../wire/filetime.js';

/** `setTimeout` takes no more; a longer wait would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export function realClock(): Clock {
  return {
    now: () => performance.now(),
    filetime: () => filetimeFromDate(new Date()),
    after(ms, callback, { hold = false } = {}) {
      let timer = start(ms);
      function start(left: number): NodeJS.Timeout {
        const next = (): void => {
          timer = start(left - LONGEST_MS);
        };
        const started = left <= LONGEST_MS ? setTimeout(callback, left) : setTimeout(next, LONGEST_MS);
        return hold ? started : started.unref();
      }
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

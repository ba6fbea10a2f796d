import type { Clock, Timer } from '../../lib/backend/contract/host.js';
import { filetimeFromDate } from '../wire/filetime.js';

/** What setTimeout takes; above it, it would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export function createClock(): Clock {
  return {
    now: () => performance.now(),
    filetime: () => filetimeFromDate(new Date()),
    after: startTimer,
  };
}

/** Arms again while it is too early: setTimeout may fire a fraction of a millisecond before its time. */
function startTimer(ms: number, callback: () => void): Timer {
  const due = performance.now() + ms;
  const arm = (): NodeJS.Timeout =>
    setTimeout(
      () => {
        if (performance.now() < due) timeout = arm();
        else callback();
      },
      Math.min(Math.ceil(due - performance.now()), LONGEST_TIMEOUT_MS),
    ).unref();
  let timeout = arm();
  return { cancel: () => clearTimeout(timeout) };
}

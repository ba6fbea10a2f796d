export interface Waiting {
  /** Rejects at once with the signal's reason; what the call still brings is undone. */
  readonly signal?: AbortSignal;
}

/** Rejects as soon as the signal says so; `undo` gets what comes too late. */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  undo?: (late: T) => Promise<void>,
  cancel?: () => void,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason);
      cancel?.();
      promise.then((late) => undo?.(late)).catch(() => undefined);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

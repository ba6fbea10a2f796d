/**
 * Why a call never reached its area, or nobody knows whether it did. Lost: the keeper went away. Silent: it stands still, and
 * may go on. Version: it is of another release.
 */
export class KeeperError extends Error {
  override readonly name = 'KeeperError';
  readonly code: 'ERR_KEEPER_LOST' | 'ERR_KEEPER_SILENT' | 'ERR_KEEPER_VERSION';

  constructor(code: KeeperError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | bigint | boolean>>;
}

/** An error as it goes to another process: a structured clone would forget its code. */
export function errorToData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fields: {} };
  const fields = Object.entries(error).filter(([, value]) =>
    ['string', 'number', 'bigint', 'boolean'].includes(typeof value),
  );
  return { name: error.name, message: error.message, fields: Object.fromEntries(fields) };
}

export function errorFromData(data: unknown): Error {
  const { name = 'Error', message = '', fields = {} } = (data ?? {}) as Partial<ErrorData>;
  const error = new Error(message);
  Object.defineProperty(error, 'name', { value: name, configurable: true });
  return Object.assign(error, fields);
}

import { invalidArgType } from './errors.js';

export function peerNameText(value: unknown): string {
  if (typeof value !== 'string') throw invalidArgType('peerName', 'a string', value);
  return value;
}

/** The options with the cloud as Windows itself calls it: the SDK's pages spell the global one `GLOBAL_`. */
export function inCloud<Options extends { readonly cloud?: string }>(options: Options): Options {
  return options.cloud === 'GLOBAL_' ? { ...options, cloud: 'Global_' } : options;
}

export function optional(key: string, value: unknown, type: 'string' | 'number' | 'boolean' | 'function'): void {
  if (value !== undefined && typeof value !== type) throw invalidArgType(key, `a ${type}`, value);
}

/** Also one of a library or of another realm. */
export function optionalSignal(value: unknown): void {
  if (value === undefined || typeof (value as Partial<AbortSignal> | null)?.addEventListener === 'function') return;
  throw invalidArgType('signal', 'an AbortSignal', value);
}

export function addresses(key: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw invalidArgType(key, 'an array of { address, port }', value);
  for (const [index, it] of value.entries()) {
    if (typeof it?.address !== 'string' || typeof it?.port !== 'number') {
      throw invalidArgType(`${key}[${index}]`, '{ address: string, port: number }', it);
    }
    optional(`${key}[${index}].scope`, it.scope, 'string');
  }
}

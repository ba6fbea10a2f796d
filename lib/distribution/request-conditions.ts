import type { IncomingMessage } from 'node:http';
import type { StoredContent } from './content-store.js';

export interface Range {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
}

/** Undefined for the whole content: several ranges, and what is no range, may be ignored. RFC 9110, 14.2 */
export async function chooseRange(
  { method, headers }: IncomingMessage,
  content: StoredContent,
): Promise<Range | 'unsatisfiable' | undefined> {
  if (headers.range === undefined || method !== 'GET' || !ifRangeHolds(headers['if-range'], content)) return undefined;
  const { default: parseRange } = await import('range-parser');
  const ranges = parseRange(content.length, headers.range, { combine: true });
  if (ranges === -1) return 'unsatisfiable';
  const [range] = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? [] : ranges;
  return range && { start: range.start, end: range.end + 1 };
}

/** Unlike in other conditions a later date is not enough: it may be of a content that came after this one. RFC 9110, 13.1.5 */
function ifRangeHolds(condition: string | string[] | undefined, { etag, lastModified }: StoredContent): boolean {
  if (condition === undefined) return true;
  const text = String(condition);
  if (text.includes('"')) return text === etag;
  return lastModified !== undefined && seconds(lastModified) === seconds(new Date(text));
}

/** RFC 9110, 13.1.1 and 13.1.4 */
export function isPreconditionFailed({ headers }: IncomingMessage, { etag, lastModified }: StoredContent): boolean {
  const match = headers['if-match'];
  if (match !== undefined) return match.trim() !== '*' && !match.split(',').some((it) => it.trim() === etag);
  const since = headers['if-unmodified-since'];
  if (since === undefined || lastModified === undefined) return false;
  return seconds(lastModified) > seconds(new Date(since));
}

/** HTTP dates have no finer time; no date is NaN, which no comparison holds for. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

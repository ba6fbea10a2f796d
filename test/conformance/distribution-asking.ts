import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Platform } from 'winpeer';
import type { Content, ContentInformationOptions, ContentOptions, PublishOptions } from 'winpeer/distribution';

/** Of the applications of these cases. */
export const TAG = new Uint8Array(Buffer.from('winpeer suite   '));

export const codeOf = (code: string, operation: string) =>
  expect.objectContaining({ name: 'PeerError', code, operation });

/** Bytes that nothing else has, and that are the same in every run. */
export function bytes(name: string, length: number): Uint8Array {
  const all = Buffer.alloc(length);
  for (let at = 0, round = 0; at < length; round += 1) {
    at += createHash('sha512').update(`${name} ${round}`).digest().copy(all, at);
  }
  return new Uint8Array(all);
}

export function idOf(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(`winpeer conformance: ${name}`));
}

/** Publishes a content in pieces of all sizes. */
export async function publish(
  { distribution }: Platform,
  name: string,
  content: Uint8Array,
  options: Omit<PublishOptions, 'contentId'> = {},
): Promise<void> {
  await using stream = await distribution.publishStream({ contentId: idOf(name), ...options });
  for (let at = 0, size = 1; at < content.length; size = 3 * size + 1) {
    await stream.add(content.subarray(at, at + size));
    at += size;
  }
  await stream.complete();
}

/** All of it, read in pieces. */
export async function informationOf(
  { distribution }: Platform,
  name: string,
  options: Omit<ContentInformationOptions, 'contentId'> = {},
): Promise<Uint8Array> {
  await using information = await distribution.openContentInformation({ contentId: idOf(name), ...options });
  const parts: Uint8Array[] = [];
  for (let part = await information.read(100); part !== undefined; part = await information.read(100)) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

/** A content of which the content information is known. */
export async function opened(
  { distribution }: Platform,
  information: Uint8Array,
  options: ContentOptions = {},
): Promise<Content> {
  const content = await distribution.openContent(TAG, options);
  await content.addContentInformation(information);
  await content.completeContentInformation();
  return content;
}

/** What stream reads bring to the end, with the origin's help. */
export async function readAll(content: Content, origin: Uint8Array, max = 1_000_000) {
  const parts: Uint8Array[] = [];
  const asked: [number, number][] = [];
  for (;;) {
    const result = await content.streamRead({ max });
    if (result === undefined) return { bytes: Buffer.concat(parts), asked };
    if (result.kind === 'data') {
      parts.push(result.bytes);
      continue;
    }
    const offset = Number(result.offset);
    const given = origin.subarray(offset, offset + result.length);
    await content.addData(result.offset, given);
    parts.push(given);
    asked.push([offset, result.length]);
  }
}

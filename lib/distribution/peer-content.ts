import type { Content, ContentOptions } from '../backend/contract/distribution.js';
import type { ContentDescription } from '../backend/contract/distribution-services.js';
import { isPeerError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { abortable, type Waiting } from '../waiting.js';

/** How a program's contents are read; the same for `fetchContent` and for the interceptor. */
export interface PeerReadOptions extends ContentOptions {
  /** 16 bytes of the program's choice, for statistics and `flush`; `winpeer` and zeros unless given. */
  readonly tag?: Uint8Array;
  /** Milliseconds that a read waits for peers; 5,000 unless given. */
  readonly peerTimeoutMs?: number;
}

/** What content information may take: of a content of 64 GB in version 1, of 8 GB or more in version 2. */
export const MAX_CONTENT_INFORMATION = 64 * 1024 * 1024;

const PEER_TIMEOUT_MS = 5000;

const TAG = new TextEncoder().encode('winpeer'.padEnd(16, '\0'));

export interface PeerContent {
  readonly content: Content;
  readonly description: ContentDescription;
  /** Milliseconds that a read waits for peers. */
  readonly timeoutMs: number;
}

/**
 * Rejects for options that the backend does not have or that can't be: ahead of a request whose answer would be of no use.
 * What else is wrong shows where there is a content. Undefined where nothing is to be checked.
 */
export function checkSources(runtime: Runtime, options: PeerReadOptions): Promise<void> | undefined {
  const sources = sourcesOf(options);
  if (Object.keys(sources).length === 0) return undefined;
  return runtime
    .call('distribution', 'PeerDistClientOpenContent', (backend) => backend.checkOptions(sources))
    .catch((error: unknown) => {
      if (isPeerError(error, 'ERROR_NOT_SUPPORTED') || isPeerError(error, 'ERROR_INVALID_PARAMETER')) throw error;
    });
}

/** Undefined where it can't be used: then there still is the plain content. */
export function openPeerContent(
  runtime: Runtime,
  information: Uint8Array,
  { signal, ...options }: PeerReadOptions & Waiting,
): Promise<PeerContent | undefined> {
  return abortable(open(runtime, information, options), signal, async (late) => {
    if (late !== undefined) await runtime.end(() => late.content.close());
  });
}

async function open(
  runtime: Runtime,
  information: Uint8Array,
  options: PeerReadOptions,
): Promise<PeerContent | undefined> {
  let content: Content | undefined;
  try {
    const services = await runtime.call('distribution', 'describe', (backend) => backend.services());
    const description = await runtime.wait('describe', () => services.describeContentInformation(information));
    const opened = await runtime.call('distribution', 'PeerDistClientOpenContent', (backend) =>
      backend.openContent(options.tag ?? TAG, sourcesOf(options)),
    );
    content = opened;
    await runtime.wait('PeerDistClientAddContentInformation', () => opened.addContentInformation(information));
    await runtime.wait('PeerDistClientCompleteContentInformation', () => opened.completeContentInformation());
    return { content, description, timeoutMs: options.peerTimeoutMs ?? PEER_TIMEOUT_MS };
  } catch (error) {
    const unfinished = content;
    if (unfinished !== undefined) await runtime.end(() => unfinished.close());
    if (isPeerError(error) && UNUSABLE.has(error.code)) return undefined;
    throw error;
  }
}

function sourcesOf({ peers, hostedCache, share }: PeerReadOptions): ContentOptions {
  return {
    ...(peers === undefined ? {} : { peers }),
    ...(hostedCache === undefined ? {} : { hostedCache }),
    ...(share === undefined ? {} : { share }),
  };
}

const UNUSABLE: ReadonlySet<string> = new Set([
  'PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO',
  'PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED',
  'PEERDIST_ERROR_SERVICE_UNAVAILABLE',
  'PEERDIST_ERROR_INVALIDATED',
  'ERROR_ACCESS_DISABLED_BY_POLICY',
]);

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ContentDescription, HashContentOptions } from '../distribution/index.js';
import { formatHex } from './arguments.js';
import { byteText, rateText } from './byte-text.js';
import { OWNER, refuseFolder, replaceFile } from './files.js';
import { fields, table } from './output.js';
import { readSecret, type SecretOptions, withSecret } from './secret.js';
import { action, Exit, type Session } from './session.js';

/** A person reads so many segments; `--json` has all. */
const SHOWN_SEGMENTS = 20;

/** The commands of content information. */
export function addHash(dist: Command): void {
  withSecret(dist.command('hash').description('the content information of a file'))
    .argument('<file>')
    .addOption(
      new Option('--content-version <version>', 'of content information; 1 is that of Windows 7, 2 of Windows 8')
        .choices(['1', '2'])
        .default('1'),
    )
    .addOption(
      new Option('--algorithm <name>', 'of version 1 (default sha256)').choices(['sha256', 'sha384', 'sha512']),
    )
    .option('--range <start:length>', 'of bytes; the whole file unless given', parseRange)
    .option('--out <file>', 'where the content information goes; whoever has it can fetch the content from peers')
    .action(action(hash));

  dist.command('show').description('what a content information says').argument('<file>').action(action(show));
}

interface HashOptions extends SecretOptions {
  readonly contentVersion: '1' | '2';
  readonly algorithm?: 'sha256' | 'sha384' | 'sha512';
  readonly range?: NonNullable<HashContentOptions['range']>;
  readonly out?: string;
}

async function hash({ platform, out, signal }: Session, file: string, options: HashOptions): Promise<void> {
  const { contentVersion, algorithm, range } = options;
  if (contentVersion === '2' && algorithm !== undefined) throw new Exit('USAGE', 'version 2 has one algorithm only');
  if (options.out !== undefined) await refuseFolder(options.out);
  const secret = await readSecret(options, out);
  const meter = rateText(performance.now());
  const { size } = await stat(file);
  const hashed = await platform.distribution.hash({
    source: file,
    version: contentVersion === '1' ? 1 : 2,
    ...(secret === undefined ? {} : { secret }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(range === undefined ? {} : { range }),
    progress: (bytes) => out.progress(meter(Number(bytes), size)),
    signal,
  });
  out.stop();
  if (options.out !== undefined) {
    await replaceFile(options.out, OWNER, (to) => to.writeFile(hashed.contentInformation));
  }
  print({ out }, hashed, hashed.contentInformation);
}

async function show({ platform, out }: Session, file: string): Promise<void> {
  const bytes = await readFile(file);
  print({ out }, await platform.distribution.describe(bytes), bytes);
}

function print({ out }: Pick<Session, 'out'>, description: ContentDescription, bytes: Uint8Array): void {
  const { version, algorithm, offset, length, segments } = description;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const value = {
    version,
    algorithm,
    offset: numberOf(offset),
    length: numberOf(length),
    segments: segments.map((it) => ({
      offset: numberOf(it.offset),
      length: it.length,
      hashOfData: formatHex(it.hashOfData),
      secret: formatHex(it.secret),
      id: formatHex(it.id),
      blocks: it.blocks.map((block) => ({ index: block.index, hash: formatHex(block.hash) })),
    })),
    contentInformationBytes: bytes.length,
    contentInformationSha256: sha256,
  };
  out.print(value, out.json ? '' : textOf(description, bytes.length, sha256));
}

function textOf({ version, algorithm, offset, length, segments }: ContentDescription, size: number, sha256: string) {
  const head = fields([
    ['version', `${version}.0, ${algorithm}`],
    ['range', `${offset} to ${offset + length} (${byteText(Number(length))})`],
    ['segments', String(segments.length)],
    ['content information', `${size} bytes`],
    ['its SHA-256', sha256],
  ]);
  const shown = segments.slice(0, SHOWN_SEGMENTS);
  const blocks = version === 1 ? ['blocks'] : [];
  const rows = shown.map((it) => {
    const counts = version === 1 ? [String(it.blocks.length)] : [];
    return [String(it.offset), String(it.length), ...counts, formatHex(it.id)];
  });
  const more = segments.length - shown.length;
  const listed = table(['offset', 'length', ...blocks, 'segment identifier'], rows);
  return `${head}\n\n${listed}${more > 0 ? `\nand ${more} more, which --json shows` : ''}`;
}

/** JSON has no other integers; one of a content that no disk holds keeps its digits as text. */
function numberOf(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}

function parseRange(text: string): HashOptions['range'] {
  const match = /^(\d{1,18}):(\d{1,18})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It has to read START:LENGTH, in bytes.');
  return { offset: BigInt(match[1] as string), length: BigInt(match[2] as string) };
}

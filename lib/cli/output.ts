import { clearLine, cursorTo } from 'node:readline';
import Table from 'cli-table3';
import pc from 'picocolors';

/** Colours for one stream, which may be a terminal although the other is not. */
export function colours(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  return pc.createColors(stream.isTTY === true && pc.isColorSupported);
}

/** What a command says: one JSON object a line with `--json`, else short text; progress only on a terminal. */
export class Output {
  readonly json: boolean;
  #progress = '';

  constructor(json: boolean) {
    this.json = json;
  }

  /** A result, or one thing that happened: `text` is what a person reads of `value`. */
  print(value: object, text: string): void {
    this.#pause();
    process.stdout.write(`${this.json ? JSON.stringify(value) : text}\n`);
    this.#resume();
  }

  /** For a person alone. */
  note(text: string): void {
    if (!this.json) this.print({}, text);
  }

  warn(text: string): void {
    this.#pause();
    process.stderr.write(`${colours(process.stderr).yellow('warning:')} ${text}\n`);
    this.#resume();
  }

  fail(sentence: string): void {
    this.stop();
    process.stderr.write(`${colours(process.stderr).red('winpeer:')} ${sentence}\n`);
  }

  /** A line that changes while something takes time. */
  progress(text: string): void {
    const { isTTY, columns } = process.stderr;
    if (this.json || !isTTY) return;
    this.#pause();
    this.#progress = text.slice(0, Math.max(0, columns - 1));
    this.#resume();
  }

  stop(): void {
    this.#pause();
    this.#progress = '';
  }

  #pause(): void {
    if (this.#progress === '') return;
    cursorTo(process.stderr, 0);
    clearLine(process.stderr, 0);
  }

  #resume(): void {
    if (this.#progress !== '') process.stderr.write(this.#progress);
  }
}

/** Columns with a heading, without lines. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'];
  const inner = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'];
  const { bold } = colours(process.stdout);
  const it = new Table({
    head: head.map((title) => bold(title)),
    chars: { ...Object.fromEntries([...none, ...inner].map((name) => [name, ''])), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const row of rows) it.push([...row]);
  return it
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** One thing, a line for each of its parts. */
export function fields(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { type Finished, MAIN, type Running, type Workplace, workplace } from '../cli/command.ts';

const execute = promisify(execFile);

/** Without privileges, a user namespace gives them for what is made inside it. */
const IS_ROOT = process.getuid?.() === 0;
const INTERFACE = 'eth0';

/**
 * Machines on a link of their own: network namespaces whose interfaces hang on a bridge. All of it goes with this
 * process: each namespace lives as long as the `cat` in it, which waits for the end of its input.
 */
export class Link {
  readonly #finished: Finished;
  readonly #switchboard: Namespace;
  readonly #machines: Machine[] = [];

  static async open(finished: Finished): Promise<Link> {
    const made = IS_ROOT ? ['unshare', '--net'] : ['unshare', '--user', '--map-root-user', '--net'];
    const switchboard = await Namespace.open(made, finished);
    for (const bridge of ['left', 'right']) {
      await switchboard.ip(`link add ${bridge} type bridge mcast_snooping 0`);
      await switchboard.ip(`link set ${bridge} up`);
    }
    return new Link(finished, switchboard);
  }

  private constructor(finished: Finished, switchboard: Namespace) {
    this.#finished = finished;
    this.#switchboard = switchboard;
  }

  /** One more, with a link-local address, which has nobody to check it with, and `192.0.2.<number>` of one subnet. */
  async machine(): Promise<Machine> {
    const number = this.#machines.length + 1;
    const namespace = await this.#switchboard.nested(this.#finished);
    await this.#switchboard.ip(`link add v${number} type veth peer name ${INTERFACE} netns ${namespace.pid}`);
    await this.#switchboard.ip(`link set v${number} master left up`);
    await namespace.ip('link set lo up');
    await namespace.ip(`link set ${INTERFACE} addrgenmode none up`);
    await namespace.ip(`addr add fe80::${number.toString(16)}/64 dev ${INTERFACE} nodad`);
    const address = `192.0.2.${number}`;
    await namespace.ip(`addr add ${address}/24 dev ${INTERFACE}`);
    const machine = new Machine(namespace, await workplace(this.#finished), address);
    this.#machines.push(machine);
    return machine;
  }

  /** Those given are on a link of their own, until `heal`. */
  async split(apart: readonly Machine[]): Promise<void> {
    for (const machine of apart) await this.#plug(machine, 'right');
  }

  async heal(): Promise<void> {
    for (const machine of this.#machines) await this.#plug(machine, 'left');
  }

  async #plug(machine: Machine, bridge: string): Promise<void> {
    await this.#switchboard.ip(`link set v${this.#machines.indexOf(machine) + 1} master ${bridge}`);
  }
}

/** The `winpeer` command on a machine of the link, with a home of its own. */
export class Machine {
  readonly address: string;
  readonly #namespace: Namespace;
  readonly #at: Workplace;

  constructor(namespace: Namespace, at: Workplace, address: string) {
    this.address = address;
    this.#namespace = namespace;
    this.#at = at;
  }

  /** A file of the machine's own. */
  path(name: string): string {
    return this.#at.path(name);
  }

  start(...args: readonly string[]): Running {
    return this.script(MAIN, '--json', ...args);
  }

  /** Runs a script of Node.js. */
  script(...args: readonly string[]): Running {
    const [file = '', ...rest] = this.#namespace.enter(process.execPath, ...args);
    return this.#at.startProgram(file, rest);
  }

  /** Exit code, and the one line of a command that ends by itself. */
  async run(...args: readonly string[]): Promise<Record<string, unknown>> {
    const running = this.start(...args);
    const { code } = await running.ended;
    return { code, ...running.lines[0] };
  }

  ip(command: string): Promise<unknown> {
    return this.#namespace.ip(command);
  }

  /** Bytes that have left by its interface. */
  async transmitted(): Promise<number> {
    const text = await this.#namespace.ip(`-json -stats link show ${INTERFACE}`);
    const [link] = JSON.parse(text) as { readonly stats64: { readonly tx: { readonly bytes: number } } }[];
    return link?.stats64.tx.bytes ?? 0;
  }
}

class Namespace {
  readonly #keeper: ChildProcess;

  /** `made` runs a program in a new one. */
  static async open([file = '', ...args]: readonly string[], finished: Finished): Promise<Namespace> {
    const keeper = spawn(file, [...args, 'sh', '-c', 'echo ready; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    finished(async () => {
      keeper.stdin?.end();
      if (keeper.exitCode === null) await once(keeper, 'exit');
    });
    await once(keeper.stdout as NodeJS.ReadableStream, 'data');
    return new Namespace(keeper);
  }

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper;
  }

  get pid(): number {
    return this.#keeper.pid as number;
  }

  nested(finished: Finished): Promise<Namespace> {
    return Namespace.open(this.enter('unshare', '--net'), finished);
  }

  enter(...command: readonly string[]): string[] {
    const user = IS_ROOT ? [] : ['--user', '--preserve-credentials'];
    return ['nsenter', ...user, '--net', '--target', String(this.pid), ...command];
  }

  async ip(command: string): Promise<string> {
    const [file = '', ...args] = this.enter('ip', ...command.split(' '));
    return (await execute(file, args)).stdout;
  }
}

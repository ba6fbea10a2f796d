import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { isPeerError, type Platform } from 'winpeer';
import type { Registration } from 'winpeer/pnrp';
import type { CloudResult, Lookup, NameResult } from 'winpeer/winsock';
import type { Answer, Script } from '../stage.ts';
import { IDENTITY } from './identity.ts';
import { PNRP } from './pnrp.ts';
import { WINSOCK } from './winsock.ts';

/** A call, as a double asks for its answer. */
export interface Question {
  readonly function: string;
  /** Parameters, as the double writes them down. */
  readonly in: never;
  /** What the model said of a handle when it was opened. */
  readonly handles: Readonly<Record<string, number>>;
  /** PRIVATEKEYBLOB. */
  readonly secrets: { readonly hCryptProv?: string };
}

/** What Windows is to one process. */
export interface System {
  /** Stands behind its DLLs. */
  readonly platform: Platform;
  readonly registrations: Registration[];
  readonly lookups: Lookup<NameResult | CloudResult>[];
}

/** Plays functions of Windows' DLLs: what they answer, as a script says it. */
export type Part = Readonly<Record<string, (system: System, given: never, question: Question) => Promise<Answer>>>;

const PARTS: Part = { ...IDENTITY, ...PNRP, ...WINSOCK };

/**
 * Windows as the contracts have it, behind the doubles: each process of a test has a platform of the fallback there, which
 * does what its DLLs are asked for. It shows that nothing is lost or changed between a contract and the functions
 * that it stands on. It does not show what Windows would do.
 */
export class Model {
  readonly #systems: System[] = [];
  readonly #faults: unknown[] = [];
  #server: Server | undefined;

  /** For the doubles in a process whose Windows that platform plays. */
  async script(platform: Platform): Promise<Script> {
    this.#server ??= createServer((socket) => this.#hear(socket)).listen(0, '127.0.0.1');
    if (!this.#server.listening) await once(this.#server, 'listening');
    const { port } = this.#server.address() as { readonly port: number };
    const process = this.#systems.push({ platform, registrations: [], lookups: [] }) - 1;
    return { model: { port, process, plays: Object.keys(PARTS) } };
  }

  /** Throws what went wrong in the model itself. */
  end(): void {
    this.#server?.close();
    if (this.#faults.length > 0) throw new AggregateError(this.#faults, 'the model of Windows failed');
  }

  async #hear(socket: Socket): Promise<void> {
    const [line] = await once(createInterface(socket), 'line');
    const { process, ...question } = JSON.parse(line);
    socket.end(JSON.stringify(await this.#answer(this.#systems[process] as System, question)));
  }

  async #answer(system: System, question: Question): Promise<Answer> {
    try {
      return (await PARTS[question.function]?.(system, question.in, question)) ?? {};
    } catch (error) {
      if (!isPeerError(error)) this.#faults.push(error);
      return { returns: isPeerError(error) ? codeOf(question.function, error) : 0x8000ffff };
    }
  }
}

/** Winsock has Win32 codes, p2p.dll HRESULTs. */
function codeOf(name: string, { win32, hresult }: { readonly win32?: number; readonly hresult: number }): number {
  return name.startsWith('WSA') ? (win32 ?? hresult) : hresult;
}

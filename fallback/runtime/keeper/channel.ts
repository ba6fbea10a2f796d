import type { Socket } from 'node:net';
import { encodeFrame, FrameReader } from './frames.js';

/** What one side may leave unread before the other gives it up. */
const UNREAD_MAX = 64 * 1024 * 1024;
/** Messages over a socket. What is no message, or is left unread, ends the connection. */
export class Channel {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #receive: ((message: unknown) => void) | undefined;
  readonly ended: Promise<void>;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      if (socket.destroyed) resolve();
      socket.once('close', () => resolve());
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => socket.resume());
    socket.once('end', () => socket.end());
    socket.pause();
  }

  /** From now on each message goes to `receive`; an error of it ends the connection. */
  start(receive: (message: unknown) => void): void {
    this.#receive = receive;
    this.#socket.resume();
  }

  send(message: unknown): void {
    this.#socket.cork();
    for (const part of encodeFrame(message)) this.#socket.write(part);
    this.#socket.uncork();
    if (this.unread > UNREAD_MAX) this.#socket.destroy();
  }

  /** Bytes that the other side has yet to take. */
  get unread(): number {
    return this.#socket.writableLength;
  }

  /** Hears nothing until the other side has taken all. */
  waitForReader(): void {
    this.#socket.pause();
  }

  /** Whether the connection keeps the process alive. */
  hold(alive: boolean): void {
    if (alive) this.#socket.ref();
    else this.#socket.unref();
  }

  /** At once. */
  end(): void {
    this.#socket.destroy();
  }

  /** As soon as what was sent has left. */
  finish(): void {
    this.#socket.destroySoon();
  }

  #read(chunk: Buffer): void {
    try {
      for (const message of this.#reader.push(chunk)) this.#receive?.(message);
    } catch {
      this.#socket.destroy();
    }
  }
}

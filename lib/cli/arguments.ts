import { InvalidArgumentError } from 'commander';
import type { PnrpAddress } from '../pnrp.js';

/** `[ipv6]:port`, with `%interface` for link-local addresses. */
function parseAddress(text: string, portOf: (text: string | undefined) => number): PnrpAddress {
  const match = /^\[([0-9a-fA-F:.]+)(?:%([^\]]+))?\](?::(\d{1,5}))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It has to read [IPv6 address]:port, such as [::1]:3540.');
  const [, address, scope, port] = match as unknown as [string, string, string | undefined, string | undefined];
  return { address, port: portOf(port), ...(scope === undefined ? {} : { scope }) };
}

/** For options that can be given several times: where nodes are. Without a port, 3540. */
export function collectNode(text: string, previous: readonly PnrpAddress[] = []): PnrpAddress[] {
  return [...previous, parseAddress(text, (port) => (port === undefined ? 3540 : parsePort(port, 0)))];
}

/** The same of an application, whose port is never that of the node. */
export function collectApplication(text: string, previous: readonly PnrpAddress[] = []): PnrpAddress[] {
  const portOf = (port: string | undefined): number => {
    if (port === undefined) throw new InvalidArgumentError(`It has to say the port of the application: ${text}:port.`);
    return parsePort(port);
  };
  return [...previous, parseAddress(text, portOf)];
}

export function parsePort(text: string, least = 1): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < least || port > 65535) {
    throw new InvalidArgumentError(`It has to be a port from ${least} to 65535.`);
  }
  return port;
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1) throw new InvalidArgumentError('It has to be a whole number from 1.');
  return count;
}

/** A time in seconds; the API counts milliseconds. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 600)) throw new InvalidArgumentError('It has to be a number of seconds up to 600.');
  return Math.max(1, Math.round(seconds * 1000));
}

export function parseHex(text: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw new InvalidArgumentError('It has to be pairs of hexadecimal digits.');
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

export function formatAddress({ address, port, scope }: PnrpAddress): string {
  return `[${address}${scope === undefined ? '' : `%${scope}`}]:${port}`;
}

export function formatHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

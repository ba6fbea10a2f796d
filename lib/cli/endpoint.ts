import { isIP, isIPv6 } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { parsePort } from './arguments.js';

/** Where a service listens; every address of the machine unless one is given. */
export interface Endpoint {
  readonly address?: string;
  readonly port: number;
}

/** `port`, `ipv4:port` or `[ipv6]:port`; port 0 takes a free one. */
export function parseEndpoint(text: string): Endpoint {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]:|([^:[\]]*):)?(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  const valid = bracketed === undefined ? !address || isIP(address) === 4 : isIPv6(bracketed);
  if (port === undefined || !valid) {
    throw new InvalidArgumentError(
      'It has to read port, IPv4 address:port or [IPv6 address]:port, such as [::1]:8080.',
    );
  }
  return { port: parsePort(port, 0), ...(address ? { address } : {}) };
}

/** The same where only this machine may come. */
export function parseLoopback(text: string): Required<Endpoint> {
  const endpoint = { address: '127.0.0.1', ...parseEndpoint(text) };
  if (endpoint.address !== '::1' && !endpoint.address.startsWith('127.')) {
    throw new InvalidArgumentError('It has to be on loopback, such as 127.0.0.1:9100.');
  }
  return endpoint;
}

/** Of a content. */
export function parseContentUrl(text: string): string {
  return checkUrl(text, /^https?:\/\/[^/?#]/i, 'http://host/path or https://host/path');
}

export function parseHostedCache(text: string): string {
  return checkUrl(text, /^https?:\/\/[^/?#@]+\/?$/i, 'http://host:port or https://host:port');
}

export function parseRedis(text: string): string {
  return checkUrl(text, /^rediss?:\/\/[^/?#]/i, 'redis://host:port/db');
}

function checkUrl(text: string, form: RegExp, readable: string): string {
  if (!form.test(text) || !URL.canParse(text)) throw new InvalidArgumentError(`It has to read ${readable}.`);
  return text;
}

/** Its address, or each that stands for all of a family. */
export function everywhere({ address, port }: Endpoint): { readonly address: string; readonly port: number }[] {
  return (address === undefined ? ['0.0.0.0', '::'] : [address]).map((it) => ({ address: it, port }));
}

export function formatEndpoint({ address, port }: { readonly address: string; readonly port: number }): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The system's refusal to listen, with what to do about it. */
export function listenAdvice(error: unknown, port: number): Error {
  const { code } = error as NodeJS.ErrnoException;
  const advice =
    code === 'EACCES' && port < 1024
      ? `port ${port} is for the superuser: allow it with "sysctl net.ipv4.ip_unprivileged_port_start=${port}", give Node.js "setcap cap_net_bind_service=+ep", or take a port from 1024 on`
      : code === 'EADDRINUSE'
        ? `port ${port} is taken: another program listens there`
        : undefined;
  return advice === undefined ? (error as Error) : Object.assign(new Error(advice, { cause: error }), { code });
}

import type { SocketAddress } from '../../lib/backend/contract/host.js';
import type { Http, HttpHandler, HttpListener, HttpServerOptions } from '../../lib/backend/contract/http.js';

/** Of a machine that lacks a family of addresses. */
const NO_FAMILY: readonly string[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

/** Listens at each address; of several, those of a family that the machine lacks are left out. */
export async function listen(
  http: Http,
  where: readonly SocketAddress[],
  options: HttpServerOptions,
  answer: HttpHandler,
): Promise<readonly HttpListener[]> {
  const settled = await Promise.allSettled(where.map((local) => http.serve(local, options, answer)));
  const listeners = settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  const failure = settled.find((it) => it.status === 'rejected' && (listeners.length === 0 || !isLacking(it.reason)));
  if (failure?.status !== 'rejected') return listeners;
  await Promise.all(listeners.map((it) => it.close()));
  throw explained(failure.reason, where);
}

/** Whether the machine has no addresses of that family. */
export function isLacking(error: unknown): boolean {
  return NO_FAMILY.includes(codeOf(error));
}

/** Ports below 1024 are the system's: what to do about it belongs into the error. */
function explained(error: unknown, where: readonly SocketAddress[]): unknown {
  if (codeOf(error) !== 'EACCES') return error;
  const ports = [...new Set(where.map(({ port }) => port))].join(', ');
  const message =
    `listening at port ${ports} is not allowed: on Linux ports below 1024 need a privilege. Give it to Node.js ` +
    '(setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")"), to the service ' +
    '(AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit), by authbind, or to all ' +
    `(sysctl net.ipv4.ip_unprivileged_port_start=${Math.min(...where.map(({ port }) => port))}); or take a port from ` +
    '1024 on, which clients then have to be told';
  return Object.assign(new Error(message, { cause: error }), { code: 'EACCES' });
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code);
}

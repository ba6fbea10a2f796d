import { access, constants, mkdir, stat } from 'node:fs/promises';
import type { DoctorCheck } from '../../lib/backend/contract/doctor.js';
import type { Host } from '../../lib/backend/contract/host.js';
import { addressScope, packAddress } from '../wire/ipv6.js';

/** SSDP on the link: how nodes of a link-local cloud find each other. [MS-PNRP] 3.1.4.2.2. */
const SSDP_GROUP = 'ff02::c';

const PORTS = [
  {
    port: 3540,
    transport: 'udp',
    families: ['::'],
    what: 'PNRP',
    shared: false,
    taken: 'another node runs here; winpeer takes a free port, which others learn',
  },
  {
    port: 3587,
    transport: 'tcp',
    families: ['::'],
    what: 'graphs and groups',
    shared: false,
    taken: 'give your graph another port, or end what listens',
  },
  {
    port: 3702,
    transport: 'udp',
    families: ['::', '0.0.0.0'],
    what: 'WS-Discovery',
    shared: true,
    taken: 'another program keeps it to itself: this machine is not found by WS-Discovery; end that program',
  },
  {
    port: 1900,
    transport: 'udp',
    families: ['::'],
    what: 'SSDP',
    shared: true,
    taken: 'another program keeps it to itself: nodes here find others, but are found by seeds alone; end that program',
  },
] as const;

const IN_USE = 'is in use';

/** A machine whose clock is before this can't judge what is signed today. */
const EARLIEST_CLOCK = Date.UTC(2025, 0, 1);

/** Looks at what the protocols need of this machine. Leaves nothing open. */
export async function diagnose(host: Host, home: string): Promise<DoctorCheck[]> {
  const ports = await Promise.all(PORTS.map((it) => checkPort(host, it)));
  return [checkIpv6(host), await checkMulticast(host), ...ports, FIREWALL, checkClock(), await checkHome(home)];
}

function checkIpv6(host: Host): DoctorCheck {
  const addresses = host.interfaces.list().flatMap((it) => it.addresses.filter((address) => address.includes(':')));
  const scopes = new Set(addresses.map((address) => addressScope(packAddress(address))));
  if (addresses.length === 0) {
    return {
      check: 'ipv6',
      state: 'problem',
      detail: 'this machine has no IPv6 address: PNRP, grouping and the DRT have no cloud to work in',
      advice: 'switch IPv6 on (on Linux: sysctl net.ipv6.conf.all.disable_ipv6=0)',
    };
  }
  if (scopes.has('global')) return { check: 'ipv6', state: 'ok', detail: 'this machine has a global IPv6 address' };
  const reach = scopes.has('link-local')
    ? 'link-local addresses only: the clouds of its links'
    : 'loopback only: this machine alone';
  return {
    check: 'ipv6',
    state: 'hint',
    detail: `this machine has ${reach}`,
    advice: 'for the global cloud it needs a global IPv6 address from its network',
  };
}

async function checkMulticast(host: Host): Promise<DoctorCheck> {
  const links = host.interfaces
    .list()
    .filter((it) => !it.loopback && it.addresses.some((address) => address.startsWith('fe80:')));
  if (links.length === 0) {
    return {
      check: 'multicast',
      state: 'hint',
      detail: 'no link has a link-local address, so nobody can be found by multicast',
      advice: 'give seeds to pnrp commands with --seed',
    };
  }
  try {
    const socket = await host.datagrams.bind({ address: '::', port: 0 }, () => undefined);
    try {
      for (const link of links) socket.join(SSDP_GROUP, link.name);
    } finally {
      await socket.close();
    }
    return {
      check: 'multicast',
      state: 'ok',
      detail: `IPv6 multicast works on ${links.map((it) => it.name).join(', ')}`,
    };
  } catch (error) {
    return {
      check: 'multicast',
      state: 'problem',
      detail: `joining ${SSDP_GROUP} failed: ${(error as Error).message}`,
      advice: 'nodes of a link are not found by themselves; give seeds with --seed',
    };
  }
}

async function checkPort(
  host: Host,
  { port, transport, families, what, shared, taken }: (typeof PORTS)[number],
): Promise<DoctorCheck> {
  const check = `port ${port}`;
  const name = `${transport.toUpperCase()} ${port} (${what})`;
  /** What is wrong, and over which families. */
  const faults = new Map<string, string[]>();
  for (const address of families) {
    const local = { address, port };
    try {
      const bound =
        transport === 'udp'
          ? await host.datagrams.bind(local, () => undefined, { shared })
          : await host.streams.listen(local, (it) => it.destroy());
      await bound.close();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const fault = code === 'EADDRINUSE' ? IN_USE : `can't be used (${message})`;
      faults.set(fault, [...(faults.get(fault) ?? []), address === '::' ? 'IPv6' : 'IPv4']);
    }
  }
  if (faults.size === 0) return { check, state: 'ok', detail: `${name} ${shared ? 'can be shared' : 'is free'}` };
  const details = [...faults].map(([fault, over]) => `${fault} over ${over.join(' and ')}`);
  return {
    check,
    state: [...faults.keys()].every((fault) => fault === IN_USE) ? 'hint' : 'problem',
    detail: `${name} ${details.join(', ')}`,
    advice: taken,
  };
}

const FIREWALL: DoctorCheck = {
  check: 'firewall',
  state: 'hint',
  detail: 'whether a firewall drops what comes from outside can’t be seen from inside',
  advice:
    'allow inbound UDP 3540, 3702 and 1900 and TCP 3587 over IPv6 from the networks of your peers; for contents UDP 3702 over IPv4 too, and the port of the cache',
};

function checkClock(): DoctorCheck {
  const now = new Date();
  if (now.getTime() >= EARLIEST_CLOCK)
    return { check: 'clock', state: 'ok', detail: `the clock says ${now.toISOString()}` };
  return {
    check: 'clock',
    state: 'problem',
    detail: `the clock says ${now.toISOString()}: certificates and signed addresses of others look as if they began later`,
    advice: 'set the clock, best by NTP',
  };
}

async function checkHome(home: string): Promise<DoctorCheck> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await access(home, constants.R_OK | constants.W_OK | constants.X_OK);
    const open = process.platform !== 'win32' && ((await stat(home)).mode & 0o077) !== 0;
    if (!open) return { check: 'home', state: 'ok', detail: `${home} can be written and is private` };
    return {
      check: 'home',
      state: 'problem',
      detail: `${home} can be read by other users`,
      advice: `chmod 700 ${home}`,
    };
  } catch (error) {
    return {
      check: 'home',
      state: 'problem',
      detail: `${home} can't be used: ${(error as Error).message}`,
      advice: 'choose another with --home or WINPEER_HOME',
    };
  }
}

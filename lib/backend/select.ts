export type { ReadingId } from '../../fallback/wire/readings.js';

import { existsSync } from 'node:fs';
import type { FallbackContext } from '../../fallback/context.js';
import { createNames as createText } from '../../fallback/names/index.js';
import { Readings } from '../../fallback/wire/readings.js';
import { PeerError, winpeerError } from '../errors.js';
import type { AreaName, Backends } from './contract/backend.js';
import type { DoctorCheck } from './contract/doctor.js';
import type { Host } from './contract/host.js';
import type { NamesBackend } from './contract/names.js';
import { type LastUsed, lastUsed } from './last-used.js';
import { loadAddon, type WholeAddon } from './native/addon.js';
import { createNativeNames, probeNames } from './native/names.js';

/** Which backend serves which area, and why. The only file that imports the fallback and the addon. */
export const AREAS = [
  'identity',
  'names',
  'pnrp',
  'winsock',
  'graphing',
  'grouping',
  'collaboration',
  'drt',
  'distribution',
] as const satisfies readonly AreaName[];

/** What Windows does in services of its own, without functions: the fallback's on every system. */
export const SERVICES = ['distribution/server', 'distribution/peer-cache', 'distribution/hosted-cache'] as const;

export type BackendName = 'native' | 'fallback';

/** Why the fallback serves an area, `available` where native does of itself, `forced` where one was asked for. */
export type SelectionReason =
  | 'available'
  | 'not-windows'
  | 'dll-missing'
  | 'export-missing'
  | 'service-disabled'
  | 'service-not-available'
  | 'no-ipv6'
  | 'addon-missing'
  | 'no-functions'
  | 'forced';

export interface Selection {
  /** An area, or one of its services. */
  readonly area: AreaName | (typeof SERVICES)[number];
  readonly backend: BackendName;
  readonly reason: SelectionReason;
  /** The same for a person. */
  readonly detail: string;
  /** The home was last used with the other backend: what that keeps is not shown here, and not lost. */
  readonly changed?: true;
}

type Wish = 'auto' | BackendName;

/** What `backend` or `WINPEER_BACKEND` asks for, area by area: `auto`, `native`, `fallback` or `pnrp=fallback,identity=native`. */
export function parseWishes(text: string): ReadonlyMap<AreaName, Wish> {
  const wishes = new Map<AreaName, Wish>(AREAS.map((area) => [area, 'auto']));
  for (const part of text.split(',').map((it) => it.trim())) {
    const [area, wish] = part.includes('=') ? (part.split(/=(.*)/s) as [string, string]) : [undefined, part];
    if (!isWish(wish) || (area !== undefined && !isArea(area))) {
      throw new PeerError(
        'E_INVALIDARG',
        'createPlatform',
        `backend is auto, native, fallback or a list such as pnrp=fallback, not "${text}"`,
      );
    }
    for (const chosen of area === undefined ? AREAS : [area as AreaName]) wishes.set(chosen, wish);
  }
  return wishes;
}

export async function select(area: AreaName, wish: Wish): Promise<Selection> {
  if (wish === 'fallback') return fallbackOf(area, 'forced', 'asked for');
  const native = area === 'names' ? lookForNativeNames() : await lookForNative(area);
  if ('compiler' in native) {
    const detail = `the DLLs of this Windows, called by an addon of ${native.compiler}`;
    return { area, backend: 'native', reason: wish === 'native' ? 'forced' : 'available', detail };
  }
  if (wish === 'auto') return fallbackOf(area, native.reason, native.detail);
  throw unavailable(area, native);
}

/** Names are text, and text is there at once. */
export function createNames(readings: Readings, wish: Wish): NamesBackend {
  const text = createText(readings);
  if (wish === 'fallback') return text;
  const native = lookForNativeNames();
  if ('compiler' in native) return createNativeNames(native, text);
  if (wish === 'auto') return text;
  throw unavailable('names', native);
}

function unavailable(area: AreaName, { reason, detail }: Unavailable): Error {
  const why = `${detail} (${reason})`;
  return winpeerError('ERR_BACKEND_UNAVAILABLE', `the native backend can't serve ${area}: ${why}`);
}

/** Which backend serves the services, and why. */
export function serviceSelections(): readonly Selection[] {
  const detail = 'Windows has no functions for it; here it is the same on every system';
  return SERVICES.map((area) => ({ area, backend: 'fallback', reason: 'no-functions', detail }));
}

/** The same, where it differs from what the home was last used with. */
export function withChange(selection: Selection, known: LastUsed): Selection {
  const last = known.get(selection.area);
  if (last === undefined || last === selection.backend) return selection;
  const detail = `${selection.detail}; this home was last used with the ${last} backend, which keeps what was made there`;
  return { ...selection, detail, changed: true };
}

function fallbackOf(area: AreaName, reason: SelectionReason, why: string): Selection {
  const served =
    area === 'names' || area in STARTS
      ? ''
      : `; ${area} has no fallback in this version: its calls are refused with E_NOTIMPL`;
  return { area, backend: 'fallback', reason, detail: `${why}${served}` };
}

interface Unavailable {
  readonly reason: SelectionReason;
  readonly detail: string;
}

/** The addon for this system, or why there is none. */
function lookForAddon(): WholeAddon | Unavailable {
  if (process.platform !== 'win32') return { reason: 'not-windows', detail: 'this is not Windows' };
  return loadAddon() ?? { reason: 'addon-missing', detail: 'this package carries no addon for this system' };
}

function lookForNativeNames(): WholeAddon | Unavailable {
  const addon = lookForAddon();
  return 'compiler' in addon ? (probeNames(addon) ?? addon) : addon;
}

/** What built the addon that can serve the area, or why none can. */
async function lookForNative(area: AreaName): Promise<Pick<WholeAddon, 'compiler'> | Unavailable> {
  const addon = lookForAddon();
  if (!('compiler' in addon)) return addon;
  const { compiler } = addon;
  if (area === 'identity') {
    const { probeIdentity } = await import('./native/identity.js');
    return (await probeIdentity(addon)) ?? { compiler };
  }
  if (area === 'pnrp') {
    const { probePnrp } = await import('./native/pnrp.js');
    return (await probePnrp(addon)) ?? { compiler };
  }
  if (area === 'winsock') {
    const { probeWinsock } = await import('./native/winsock.js');
    return (await probeWinsock(addon)) ?? { compiler };
  }
  if (area === 'distribution') {
    const { probeDistribution } = await import('./native/distribution-probe.js');
    return (await probeDistribution(addon)) ?? { compiler };
  }
  return { reason: 'addon-missing', detail: `the addon of this version does not serve ${area}` };
}

/** The folder asked for, else that of the environment unless empty, else the user's data folder. */
async function homeFolder(asked: string | undefined): Promise<string> {
  const given = asked ?? process.env.WINPEER_HOME;
  return given || (await import('env-paths')).default('winpeer', { suffix: '' }).data;
}

/** Which backends this machine's home was last used with; one that is not there is not made. */
export async function homeLastUsed(home: string | undefined): Promise<LastUsed> {
  return existsSync(await homeFolder(home)) ? lastUsed((await createHost(home)).store) : new Map();
}

export async function createHost(home: string | undefined): Promise<Host> {
  const { createHost: create } = await import('../../fallback/runtime/host.js');
  return create({ home: await homeFolder(home) });
}

export async function diagnose(host: Host, home: string | undefined): Promise<DoctorCheck[]> {
  const { diagnose: look } = await import('../../fallback/runtime/doctor.js');
  return look(host, await homeFolder(home));
}

export function chooseReadings(chosen: Readonly<Record<string, string>>): Readings {
  try {
    return new Readings(chosen);
  } catch (error) {
    throw new PeerError('E_INVALIDARG', 'createPlatform', (error as Error).message);
  }
}

/** Starts `area` on `backend`; rejects with E_NOTIMPL where there is none. */
export async function start<A extends StartedArea>(
  area: A,
  backend: BackendName,
  context: FallbackContext,
): Promise<Backends[A]> {
  const starts: Partial<Starts> = backend === 'native' ? NATIVE_STARTS : STARTS;
  const begin = starts[area];
  if (begin === undefined) {
    throw new PeerError('E_NOTIMPL', area, `winpeer has no fallback for ${area} in this version`);
  }
  return (await begin(context)) as Backends[A];
}

/** The areas that hold something; names are text. */
export type StartedArea = Exclude<AreaName, 'names'>;

type Starts = { [A in StartedArea]: (context: FallbackContext) => Promise<Backends[A]> };

const STARTS = {
  identity: async (context) =>
    (await context.host.busy(import('../../fallback/identity/index.js'))).startIdentity(context, {
      // Groups are known once grouping is there; until then no identity has any.
      enumerate: async () => [],
    }),
  pnrp: async (context) => (await context.host.busy(import('../../fallback/pnrp/index.js'))).startPnrp(context),
  winsock: async (context) =>
    (await context.host.busy(import('../../fallback/winsock/index.js'))).startWinsock(context),
  distribution: async (context) =>
    (await context.host.busy(import('../../fallback/distribution/index.js'))).startDistribution(context),
} satisfies Partial<Starts>;

const NATIVE_STARTS = {
  identity: async ({ host }) => {
    const { startNativeIdentity } = await import('./native/identity.js');
    const addon = await selectedAddon();
    const certificates = () => host.busy(import('../../fallback/identity/certificates.js'));
    return startNativeIdentity(addon, {
      readInfo: async (xml) => (await certificates()).readIdentityInfo(xml),
      readExport: async (xml, password) => (await certificates()).readIdentityExport(xml, password),
    });
  },
  pnrp: async (context) => {
    const { startNativePnrp } = await import('./native/pnrp.js');
    return startNativePnrp(await selectedAddon(), context, await import('../../fallback/wire/ipv6.js'));
  },
  winsock: async ({ host }) => {
    const { startNativeWinsock } = await import('./native/winsock.js');
    return startNativeWinsock(await selectedAddon(), host.interfaces, await import('../../fallback/wire/ipv6.js'));
  },
  distribution: async (context) => {
    const { startNativeDistribution } = await import('./native/distribution.js');
    return startNativeDistribution(await selectedAddon(), async () =>
      (await context.host.busy(import('../../fallback/distribution/index.js'))).startDistributionServices(context),
    );
  },
} satisfies Partial<Starts>;

async function selectedAddon() {
  const addon = loadAddon();
  if (addon === undefined) throw winpeerError('ERR_BACKEND_UNAVAILABLE', 'the addon has been removed meanwhile');
  return addon;
}

function isWish(text: string): text is Wish {
  return text === 'auto' || text === 'native' || text === 'fallback';
}

function isArea(text: string): text is AreaName {
  return (AREAS as readonly string[]).includes(text);
}

import type { IdentityBackend, Signer } from '../../lib/backend/contract/identity.js';
import type { NamesBackend } from '../../lib/backend/contract/names.js';
import type {
  PnrpAddress,
  Publication,
  PublicationInfo,
  Registration,
  RegistrationInfo,
} from '../../lib/backend/contract/pnrp.js';
import { PeerError } from '../../lib/errors.js';
import { addressScope, packAddress } from '../wire/ipv6.js';
import type { Cloud } from './cloud.js';
import { Limit } from './constants.js';
import type { LocalName, NameContent, NameIdentity } from './local-name.js';
import { servicePrefix } from './pnrp-id.js';

/** PEER_PNRP_REGISTRATION_INFO: a comment has 39 characters beside its terminator. */
const COMMENT_UNITS = 39;

/** What either API says of a name. */
export type NameInfo = Omit<RegistrationInfo, 'payload'> & Partial<Pick<PublicationInfo, 'hint' | 'payload'>>;

interface Place {
  readonly cloud: Cloud;
  readonly local: LocalName;
}

interface RegistrationPorts extends NameIdentity {
  /** Who signs when that identity, or none, is asked for. */
  readonly signerFor: (identity: string | undefined) => Promise<Signer>;
  readonly ended: () => void;
}

/** A name that this platform registered, in one cloud or several. */
export class NameRegistration implements Registration, Publication {
  readonly #signerFor: RegistrationPorts['signerFor'];
  readonly #ended: () => void;
  #identity: NameIdentity;
  #places: readonly Place[] = [];
  #info: NameInfo = {};
  /** Clouds that the machine got since, in which it is being registered. */
  #extending: Promise<unknown> = Promise.resolve();
  #open = true;

  constructor({ ended, signerFor, ...identity }: RegistrationPorts) {
    this.#identity = identity;
    this.#signerFor = signerFor;
    this.#ended = ended;
  }

  get info(): NameInfo {
    return this.#info;
  }

  get peerName(): string {
    return this.#identity.peerName;
  }

  get clouds(): Registration['clouds'] {
    return this.#places.map(({ cloud, local }) => ({
      cloud: cloud.name,
      pnrpId: local.pnrpId,
      listening: cloud.addresses,
    }));
  }

  /** Takes over the clouds, which are retained: each is released at the end. */
  async start(clouds: readonly Cloud[], info: NameInfo): Promise<void> {
    this.#info = info;
    const settled = await Promise.allSettled(clouds.map((cloud) => this.#register(cloud)));
    this.#places = settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const failed = settled.find((it) => it.status === 'rejected');
    if (failed === undefined) return;
    await Promise.allSettled(this.#places.map(({ cloud, local }) => cloud.node.unregister(local)));
    for (const cloud of clouds) cloud.release();
    throw failed.reason;
  }

  /** Takes over a cloud that the machine did not have before. */
  extend(cloud: Cloud): Promise<void> {
    const extended = this.#extending.then(async () => {
      if (!this.#open) return cloud.release();
      this.#places = [...this.#places, await this.#register(cloud)];
    });
    this.#extending = extended.catch(() => cloud.release());
    return extended;
  }

  async update(given: RegistrationInfo): Promise<void> {
    const operation = 'PeerPnrpUpdateRegistration';
    const info = copyOf(given);
    if (!this.#open) throw new PeerError('E_INVALIDARG', operation, `${this.peerName} is not registered any more`);
    checkRegistration(info, operation);
    if (info.cloud !== this.#info.cloud) throw new PeerError('E_INVALIDARG', operation, 'the cloud can’t be changed');
    if (info.addresses?.length !== this.#info.addresses?.length) {
      throw new PeerError('E_INVALIDARG', operation, 'the number of addresses can’t be changed');
    }
    this.#info = info;
    for (const { cloud, local } of this.#places) local.content = content(info, cloud);
  }

  /** The PNRP ID stays where its location does, and its key; else the old one goes when the new one is there. */
  async replace(given: PublicationInfo): Promise<void> {
    const operation = 'PeerPnrpRegister';
    const info = copyOf(given);
    checkRegistration(info, operation);
    const signer = await this.#signerFor(info.identity);
    const before = this.#places;
    for (const { cloud } of before) cloud.node.checkAddress(operation);
    const stays = signer.peerName === this.#identity.signer.peerName && isNear(info.hint, this.#identity.hint);
    if (stays) {
      for (const { cloud, local } of before) local.content = content(info, cloud);
    } else {
      const identity = { ...this.#identity, signer, hint: info.hint };
      this.#places = await Promise.all(
        before.map(async ({ cloud }) => ({
          cloud,
          local: await cloud.node.register(identity, content(info, cloud), operation),
        })),
      );
      this.#identity = identity;
      await Promise.all(before.map(({ cloud, local }) => cloud.node.unregister(local)));
    }
    this.#info = info;
  }

  async refresh(): Promise<void> {
    await Promise.all(this.#places.map(({ cloud, local }) => cloud.node.refresh(local)));
  }

  async unregister(): Promise<void> {
    if (!this.#open) {
      throw new PeerError('E_INVALIDARG', 'PeerPnrpUnregister', `${this.peerName} is not registered any more`);
    }
    this.#open = false;
    await this.#extending;
    const settled = await Promise.allSettled(
      this.#places.map(({ cloud, local }) => cloud.node.unregister(local).finally(() => cloud.release())),
    );
    this.#ended();
    const failed = settled.find((it) => it.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #register(cloud: Cloud): Promise<Place> {
    await cloud.joined();
    return { cloud, local: await cloud.node.register(this.#identity, content(this.#info, cloud), 'PeerPnrpRegister') };
  }
}

/** The caller may go on to use what it gave. */
export function copyOf<Info extends NameInfo>(info: Info): Info {
  const { addresses, payload } = info;
  return {
    ...info,
    ...(addresses === undefined ? {} : { addresses: addresses.map((it) => ({ ...it })) }),
    ...(payload instanceof Uint8Array ? { payload: Uint8Array.from(payload) } : {}),
  };
}

/** Without addresses of its own, a name is where its cloud is, also when that has moved. */
function content({ addresses, port, comment = '', payload = '' }: NameInfo, cloud: Cloud) {
  return {
    get addresses() {
      return addresses ?? (port === undefined ? [] : cloud.addresses.map((it) => ({ ...it, port })));
    },
    comment,
    payload:
      payload.length === 0 ? undefined : typeof payload === 'string' ? { text: payload, encoding: 'utf-16' } : payload,
  } satisfies NameContent;
}

/** Whether service locations begin alike. */
function isNear(hint: string, other: string | undefined): boolean {
  return other !== undefined && servicePrefix(packAddress(hint)) === servicePrefix(packAddress(other));
}

export function checkRegistration(info: NameInfo, operation: string): void {
  const refuse = (why: string): never => {
    throw new PeerError('E_INVALIDARG', operation, why);
  };
  const { addresses, port, comment = '', payload = '', hint } = info;
  if (port !== undefined) checkPort(port, refuse);
  if (addresses !== undefined && addresses.length > Limit.APPLICATION_ENDPOINTS) {
    refuse(`a name has at most ${Limit.APPLICATION_ENDPOINTS} addresses, not ${addresses.length}`);
  }
  for (const address of addresses ?? []) checkApplicationAddress(address, refuse);
  if ((addresses === undefined ? port === undefined : addresses.length === 0) && payload.length === 0) {
    refuse('a name needs a port, addresses or a payload');
  }
  if (comment.length > COMMENT_UNITS)
    refuse(`a comment has at most ${COMMENT_UNITS} characters, not ${comment.length}`);
  if (comment.includes('\0')) refuse('a comment can’t contain U+0000');
  const bytes = typeof payload === 'string' ? 2 * (payload.length + 1) : payload.length;
  if (bytes > Limit.EXTENDED_PAYLOAD) refuse(`a payload has at most ${Limit.EXTENDED_PAYLOAD} bytes, not ${bytes}`);
  if (typeof payload === 'string' && payload.includes('\0')) refuse('a text can’t contain U+0000');
  if (hint !== undefined) checkReachable(hint, refuse);
}

/** An application may listen at any port, and at any address that one can connect to. */
function checkApplicationAddress({ address, port }: PnrpAddress, refuse: (why: string) => never): void {
  checkPort(port, refuse);
  checkReachable(address, refuse);
}

function checkReachable(address: string, refuse: (why: string) => never): void {
  try {
    if (addressScope(packAddress(address)) !== 'unusable') return;
  } catch {
    refuse(`"${address}" is not an IPv6 address`);
  }
  refuse(`nobody can connect to ${address}`);
}

function checkPort(port: number, refuse: (why: string) => never): void {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) refuse(`port ${port} is not one from 1 to 65535`);
}

/**
 * The identity that signs for a name: the one asked for, else the owner of a secure name, else the user's default one.
 */
export async function signerName(
  names: NamesBackend,
  identities: IdentityBackend,
  peerName: string,
  asked: string | undefined,
): Promise<string> {
  const operation = 'PeerPnrpRegister';
  const { authority, secure } = names.parse(peerName);
  if (asked === undefined && !secure) return identities.getDefault();
  const known = (await identities.enumerate()).map((it) => it.peerName);
  if (asked !== undefined && !known.includes(asked)) {
    throw new PeerError('PEER_E_IDENTITY_NOT_FOUND', operation, `this user has no identity ${asked}`);
  }
  const owner = asked ?? known.find((it) => names.parse(it).authority === authority);
  if (owner === undefined) {
    throw new PeerError('PEER_E_IDENTITY_NOT_FOUND', operation, `no identity of this user owns ${peerName}`);
  }
  if (secure && names.parse(owner).authority !== authority) {
    throw new PeerError('PEER_E_INVALID_IDENTITY', operation, `${owner} does not own ${peerName}`);
  }
  return owner;
}

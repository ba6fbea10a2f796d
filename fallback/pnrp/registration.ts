import type { IdentityBackend } from '../../lib/backend/contract/identity.js';
import type { NamesBackend } from '../../lib/backend/contract/names.js';
import type { PnrpAddress, Registration, RegistrationInfo } from '../../lib/backend/contract/pnrp.js';
import { PeerError } from '../../lib/errors.js';
import { addressScope, packAddress } from '../wire/ipv6.js';
import type { Cloud } from './cloud.js';
import { Limit } from './constants.js';
import type { LocalName, NameContent, NameIdentity } from './local-name.js';

/** PEER_PNRP_REGISTRATION_INFO: a comment has 39 characters beside its terminator. */
const COMMENT_UNITS = 39;

interface Place {
  readonly cloud: Cloud;
  readonly local: LocalName;
}

/** A name that this platform registered, in one cloud or several. */
export class NameRegistration implements Registration {
  readonly #identity: NameIdentity;
  readonly #ended: () => void;
  #places: readonly Place[] = [];
  #info: RegistrationInfo = {};
  /** Clouds that the machine got since, in which it is being registered. */
  #extending: Promise<unknown> = Promise.resolve();
  #open = true;

  constructor({ ended, ...identity }: NameIdentity & { readonly ended: () => void }) {
    this.#identity = identity;
    this.#ended = ended;
  }

  get info(): RegistrationInfo {
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
  async start(clouds: readonly Cloud[], info: RegistrationInfo): Promise<void> {
    this.#info = info;
    const settled = await Promise.allSettled(clouds.map((cloud) => this.#register(cloud)));
    this.#places = settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const failed = settled.find((it) => it.status === 'rejected');
    if (failed === undefined) return;
    await Promise.all(this.#places.map(({ cloud, local }) => cloud.node.unregister(local)));
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

  async update(info: RegistrationInfo): Promise<void> {
    const operation = 'PeerPnrpUpdateRegistration';
    if (!this.#open) throw new PeerError('E_INVALIDARG', operation, `${this.peerName} is not registered any more`);
    checkRegistration(info, operation);
    if (info.cloud !== this.#info.cloud) throw new PeerError('E_INVALIDARG', operation, 'the cloud can’t be changed');
    if (info.addresses?.length !== this.#info.addresses?.length) {
      throw new PeerError('E_INVALIDARG', operation, 'the number of addresses can’t be changed');
    }
    this.#info = info;
    for (const { cloud, local } of this.#places) local.content = content(info, cloud);
  }

  async unregister(): Promise<void> {
    if (!this.#open) {
      throw new PeerError('E_INVALIDARG', 'PeerPnrpUnregister', `${this.peerName} is not registered any more`);
    }
    this.#open = false;
    await this.#extending;
    await Promise.all(
      this.#places.map(async ({ cloud, local }) => {
        await cloud.node.unregister(local);
        cloud.release();
      }),
    );
    this.#ended();
  }

  async #register(cloud: Cloud): Promise<Place> {
    await cloud.joined();
    return { cloud, local: await cloud.node.register(this.#identity, content(this.#info, cloud), 'PeerPnrpRegister') };
  }
}

/** Without addresses of its own, a name is where its cloud is, also when that has moved. */
function content({ addresses, port, comment = '', payload = new Uint8Array() }: RegistrationInfo, cloud: Cloud) {
  return {
    get addresses() {
      return addresses ?? (port === undefined ? [] : cloud.addresses.map((it) => ({ ...it, port })));
    },
    comment,
    payload: Uint8Array.from(payload),
  } satisfies NameContent;
}

export function checkRegistration(info: RegistrationInfo, operation: string): void {
  const refuse = (why: string): never => {
    throw new PeerError('E_INVALIDARG', operation, why);
  };
  const { addresses, port, comment = '', payload = new Uint8Array() } = info;
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
  if (payload.length > Limit.EXTENDED_PAYLOAD) {
    refuse(`a payload has at most ${Limit.EXTENDED_PAYLOAD} bytes, not ${payload.length}`);
  }
}

/** An application may listen at any port, and at any address that one can connect to. */
function checkApplicationAddress({ address, port }: PnrpAddress, refuse: (why: string) => never): void {
  checkPort(port, refuse);
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

import { PeerError } from '../../errors.js';
import type { Registration, RegistrationInfo } from '../contract/pnrp.js';
import type { PnrpCalls, PnrpRegistration, PnrpRegistrationInfo } from './addon.js';
import { checkOptionalText, windows } from './calls.js';
import { checkPort, type SocketAddresses } from './socket-addresses.js';

interface Registered {
  readonly addon: PnrpCalls;
  readonly addresses: SocketAddresses;
  readonly handle: PnrpRegistration;
  readonly peerName: string;
  /** Who signs, also after an update that names nobody. */
  readonly identity: string | null;
  readonly ended: (registration: NativeRegistration) => void;
}

/** A name that Windows has registered for this process. */
export class NativeRegistration implements Registration {
  readonly #registered: Registered;
  over = false;

  constructor(registered: Registered) {
    this.#registered = registered;
  }

  get peerName(): string {
    return this.#registered.peerName;
  }

  get clouds(): [] {
    return [];
  }

  async update(info: RegistrationInfo): Promise<void> {
    const operation = 'PeerPnrpUpdateRegistration';
    this.#checkRegistered(operation);
    const { addon, addresses, handle, identity } = this.#registered;
    const what = registrationInfo(info, addresses, operation);
    const signed = { ...what, publishingIdentity: what.publishingIdentity ?? identity };
    await windows(() => addon.PeerPnrpUpdateRegistration(handle, signed));
  }

  async unregister(): Promise<void> {
    this.#checkRegistered('PeerPnrpUnregister');
    this.over = true;
    this.#registered.ended(this);
    await windows(() => this.#registered.addon.PeerPnrpUnregister(this.#registered.handle));
  }

  end(): Promise<void> {
    return this.unregister();
  }

  #checkRegistered(operation: string): void {
    if (this.over) throw new PeerError('E_INVALIDARG', operation, `${this.peerName} is not registered any more`);
  }
}

/** What Windows itself checks is left to it. */
export function registrationInfo(
  { cloud, identity, addresses, port, comment, payload }: RegistrationInfo,
  sockets: SocketAddresses,
  operation: string,
): PnrpRegistrationInfo {
  for (const [name, text] of Object.entries({ cloud, identity, comment })) {
    checkOptionalText(name, text ?? null, operation);
  }
  try {
    return {
      cloudName: cloud ?? null,
      publishingIdentity: identity ?? null,
      addresses: addresses?.map((it) => sockets.toWindows(it)) ?? null,
      port: port === undefined ? 0 : checkPort(port),
      comment: comment ?? null,
      payload: payload ?? null,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PeerError('E_INVALIDARG', operation, error.message, { cause: error });
  }
}

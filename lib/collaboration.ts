import type { CollabScope } from './backend/contract/collaboration.js';
import type { Runtime } from './runtime.js';

export type * from './backend/contract/collaboration.js';
export type * from './backend/contract/events.js';

/** Contacts, people near me, presence, applications, objects, invitations. */
export class Collaboration {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Signs the user in, not just this process. `near-me` tells nickname, machine name and address to everybody on the
   * subnet, in clear. `noConnectivity`: signed in, but without a usable IPv6 address.
   * Rejects with `PEER_E_SERVICE_NOT_AVAILABLE`, `E_INVALIDARG`.
   * @win32 PeerCollabSignin
   */
  signIn(scopes: readonly CollabScope[]): Promise<{ readonly noConnectivity: boolean }> {
    return this.#runtime.call('collaboration', 'PeerCollabSignin', (backend) => backend.signIn(scopes));
  }

  /**
   * Signs the user out, for every program. Rejects with `E_INVALIDARG`.
   * @win32 PeerCollabSignout
   */
  signOut(scopes: readonly CollabScope[]): Promise<void> {
    return this.#runtime.call('collaboration', 'PeerCollabSignout', (backend) => backend.signOut(scopes));
  }

  /**
   * Where the user is signed in. Rejects with `PEER_E_NOT_SIGNED_IN`.
   * @win32 PeerCollabGetSigninOptions
   */
  signInScopes(): Promise<readonly CollabScope[]> {
    return this.#runtime.call('collaboration', 'PeerCollabGetSigninOptions', (backend) => backend.getSignInScopes());
  }
}

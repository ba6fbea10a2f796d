import type { Signer } from '../../lib/backend/contract/identity.js';
import type { PeerNameParts } from '../../lib/backend/contract/names.js';
import type { PnrpAddress } from '../../lib/backend/contract/pnrp.js';
import { classifierHash } from '../names/p2p-id.js';
import { LeafSet } from '../routing/leaf-set.js';
import { type RingId, ringIdFromHex, ringIdToHex } from '../routing/ring.js';
import { TICKS_PER_SECOND } from '../wire/filetime.js';
import { type PackedAddress, packAddress } from '../wire/ipv6.js';
import { Time } from './bounds.js';
import { NONCE_LENGTH } from './constants.js';
import { type Cpa, cpaCodec } from './cpa.js';
import { type ExtendedPayload, extendedPayloadCodec } from './extended-payload.js';
import type { CachedEntry, NodePorts } from './node-state.js';
import { pnrpId, serviceLocation, serviceLocationOf, servicePrefix } from './pnrp-id.js';
import { encodeSigned } from './signature.js';

/** What stays the same about a name in all clouds. */
export interface NameIdentity {
  readonly peerName: string;
  readonly parts: PeerNameParts;
  readonly p2pId: string;
  readonly signer: Signer;
  /** Service locations begin like this address; undefined: like the node's own. */
  readonly hint?: string | undefined;
}

/** What a registration says of the name, and an update may change. */
export interface NameContent {
  readonly addresses: readonly PnrpAddress[];
  readonly comment: string;
  readonly payload: ExtendedPayload['payload'] | undefined;
}

/** TCP: the API has no way to say another protocol. */
const PROTOCOL = 6;

/** A registration in one cloud: an entry of the Locally Registered PNRP ID List. [MS-PNRP] 3.2.1, 3.2.4.1. */
export class LocalName {
  readonly identity: NameIdentity;
  readonly id: RingId;
  readonly leafSet: LeafSet<CachedEntry>;
  readonly #ports: NodePorts;
  content: NameContent;
  #entry: CachedEntry;

  /** `own`: an address of the node. */
  constructor(ports: NodePorts, own: PackedAddress, identity: NameIdentity, content: NameContent) {
    const { hint } = identity;
    const prefix = servicePrefix(hint === undefined ? own : packAddress(hint));
    // D-22: a random suffix.
    const location = serviceLocation(prefix, ports.host.random.bytes(8));
    this.#ports = ports;
    this.identity = identity;
    this.content = content;
    this.id = ringIdFromHex(pnrpId(identity.p2pId, location));
    this.leafSet = new LeafSet(this.id);
    this.#entry = this.#current();
  }

  /** The same as long as the node stays where it is. */
  get entry(): CachedEntry {
    return this.#entry;
  }

  get pnrpId(): string {
    return ringIdToHex(this.id);
  }

  /** 3.2.7.2: the node has other addresses; the ID stays. */
  relocated(): void {
    this.#entry = this.#current();
  }

  /** 3.2.5.7. The nonce of the INQUIRE, zeros without one. */
  cpa(nonce: Uint8Array = new Uint8Array(NONCE_LENGTH)): Promise<Uint8Array> {
    const { comment, payload, addresses } = this.content;
    return this.#signCpa({
      revoke: false,
      hasExtendedPayload: payload !== undefined,
      nonce,
      friendlyName: comment === '' ? undefined : { text: comment, encoding: 'utf-16' },
      serviceAddresses: this.#ports.endpoints,
      applicationEndpoints: addresses.map((it) => ({
        address: packAddress(it.address),
        port: it.port,
        protocol: PROTOCOL,
      })),
    });
  }

  /** 3.2.4.2: tells that the name is gone. */
  revokeCpa(): Promise<Uint8Array> {
    return this.#signCpa({
      revoke: true,
      hasExtendedPayload: false,
      nonce: new Uint8Array(NONCE_LENGTH),
      friendlyName: undefined,
      serviceAddresses: [],
      applicationEndpoints: [],
    });
  }

  /** 3.2.5.8. Signed anew for each INQUIRE, because the nonce is in it. */
  async extendedPayload(nonce: Uint8Array = new Uint8Array(NONCE_LENGTH)): Promise<Uint8Array | undefined> {
    const { payload } = this.content;
    if (payload === undefined) return undefined;
    const value = { notAfter: this.#notAfter(), pnrpId: this.pnrpId, nonce, payload };
    return encodeSigned(extendedPayloadCodec(this.#ports.readings), value, (bytes) =>
      this.identity.signer.sign('sha1', bytes),
    );
  }

  #signCpa(varying: Varying): Promise<Uint8Array> {
    const { parts, signer } = this.identity;
    const { readings } = this.#ports;
    const cpa = {
      ...varying,
      notAfter: this.#notAfter(),
      serviceLocation: serviceLocationOf(this.pnrpId),
      binaryAuthority: parts.secure ? parts.authority : undefined,
      classifierHash: parts.classifier === '' ? undefined : classifierHash(parts.classifier, readings),
      publicKey: signer.publicKey,
    };
    return encodeSigned(cpaCodec(readings), cpa, (bytes) => signer.sign('sha1', bytes));
  }

  #current(): CachedEntry {
    const { endpoints } = this.#ports;
    const addresses = endpoints.map(({ address }) => address);
    return { id: this.id, port: endpoints[0]?.port ?? 0, addresses, publicKey: undefined };
  }

  #notAfter(): bigint {
    return this.#ports.host.clock.filetime() + BigInt(Time.CPA_LIFETIME_S) * TICKS_PER_SECOND;
  }
}

type Varying = Pick<
  Cpa,
  'revoke' | 'hasExtendedPayload' | 'nonce' | 'friendlyName' | 'serviceAddresses' | 'applicationEndpoints'
>;

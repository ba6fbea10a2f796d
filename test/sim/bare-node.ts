import { createNames } from '#fallback/names/index';
import { AddressPolicy } from '#fallback/pnrp/address-policy';
import type { Bound } from '#fallback/pnrp/bounds';
import { PUBLIC_KEY_LENGTH } from '#fallback/pnrp/constants';
import type { LocalName, NameIdentity } from '#fallback/pnrp/local-name';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { PnrpNode } from '#fallback/pnrp/node';
import type { NodePorts } from '#fallback/pnrp/node-state';
import type { RouteEntry } from '#fallback/pnrp/route-entry';
import type { Endpoint } from '#fallback/routing/entry';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { ByteString } from '#fallback/wire/byte-string';
import { decode, encode } from '#fallback/wire/codec';
import { packAddress } from '#fallback/wire/ipv6';
import { Readings } from '#fallback/wire/readings';

const OWN: Endpoint = { address: packAddress('2001:db8::1'), port: 3540 };

/** What `stats()` says that a node holds, and what bounds it. */
export type Held = Readonly<Record<string, number>>;
export type BoundName = keyof typeof Bound;

/** A node without cloud, sockets and network: a test gives it datagrams and sees what it sends. Its time stands still. */
export class BareNode {
  readonly net = new VirtualNetwork({ seed: 33 });
  readonly host: VirtualHost = this.net.host();
  readonly ports: NodePorts;
  readonly node: PnrpNode;
  readonly sent: { readonly message: PnrpMessage; readonly to: Endpoint; readonly length: number }[] = [];
  endpoints: readonly Endpoint[] = [OWN];
  send = (bytes: Uint8Array, to: Endpoint): void => {
    this.sent.push({ message: decode(message, bytes), to, length: bytes.length });
  };
  readonly #names = createNames(new Readings());

  constructor() {
    const endpoints = (): readonly Endpoint[] => this.endpoints;
    this.ports = {
      host: this.host,
      readings: new Readings(),
      policy: new AddressPolicy('global', undefined),
      cloud: 'Global_',
      get endpoints() {
        return endpoints();
      },
      seeds: async () => [],
      send: (bytes, to) => this.send(bytes, to),
      changed: () => undefined,
    };
    this.node = new PnrpNode(this.ports);
  }

  get held(): Held {
    return (this.node.stats() as { readonly held: Held }).held;
  }

  /** A name, whose proofs are never done being signed. */
  register(peerName: string, hint?: string): Promise<LocalName> {
    const publicKey = new Uint8Array(PUBLIC_KEY_LENGTH);
    const signer = { publicKey, sign: () => new Promise<never>(() => undefined) } as unknown as NameIdentity['signer'];
    const identity = { peerName, parts: this.#names.parse(peerName), p2pId: this.#names.p2pId(peerName), signer, hint };
    const content = { addresses: [], comment: '', payload: undefined };
    return this.node.register(identity, content, 'PeerPnrpRegister');
  }

  receive(received: PnrpMessage, from: Endpoint): void {
    this.node.receive(encode(message, received), from);
  }

  anyId(): ByteString {
    return Buffer.from(this.host.random.bytes(32)).toString('latin1');
  }

  flood(from: Endpoint, routeEntry: RouteEntry): void {
    const fixed = { type: 'FLOOD', messageId: 1, doNotAck: true, validatePnrpId: '\0'.repeat(32) } as const;
    this.receive({ ...fixed, routeEntry, alreadyFloodedList: [] }, from);
  }

  of<T extends PnrpMessage['type']>(type: T): Extract<PnrpMessage, { type: T }>[] {
    return this.sent.flatMap(({ message: it }) => (it.type === type ? [it as Extract<PnrpMessage, { type: T }>] : []));
  }
}

/** The n-th address of the scope. */
export function place(n: number): Endpoint {
  return {
    address: packAddress(`2001:db8:0:0:1:0:${(n >>> 16).toString(16)}:${(n & 0xffff).toString(16)}`),
    port: 3540,
  };
}

import { createPublicKey, sign } from 'node:crypto';
import { createNames } from '#fallback/names/index';
import { type AuthorityBuffer, authorityBufferCodec, splitAuthority } from '#fallback/pnrp/authority-buffer';
import { type Cpa, cpaCodec } from '#fallback/pnrp/cpa';
import { type ExtendedPayload, extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { LocalName } from '#fallback/pnrp/local-name';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { type NodePorts, toRouteEntry } from '#fallback/pnrp/node-state';
import type { RouteEntry } from '#fallback/pnrp/route-entry';
import { encodeSigned } from '#fallback/pnrp/signature';
import { seededRsaKey } from '#fallback/runtime/virtual/rsa-key';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import type { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { ByteString } from '#fallback/wire/byte-string';
import { decode, encode } from '#fallback/wire/codec';
import { addressText, packAddress } from '#fallback/wire/ipv6';
import { Readings } from '#fallback/wire/readings';
import type { DatagramSocket, SocketAddress } from '#lib/backend/contract/host';

export type MessageOf<T extends PnrpMessage['type']> = Extract<PnrpMessage, { type: T }>;

const NONE = new Uint8Array();
const FLAGS_ONLY: AuthorityBuffer = { leafSet: false, busy: false, notFound: false };

/**
 * Speaks PNRP without a node: has one name, answers INQUIREs and LOOKUPs as it is told, and keeps what it received.
 */
export class ScriptedPublisher {
  readonly host: VirtualHost;
  readonly name: LocalName;
  readonly received: { readonly message: PnrpMessage; readonly at: number; readonly length: number }[] = [];
  readonly #readings = new Readings();
  readonly #key: Uint8Array;
  #socket: DatagramSocket | undefined;
  /** What it refers LOOKUPs to. */
  referral: RouteEntry | undefined;
  /** Called with the referral of each AUTHORITY of one piece. */
  onAuthority: (entry: RouteEntry | undefined) => void = () => undefined;
  /** What it answers an INQUIRE for its name; undefined: nothing. */
  onInquire: (inquire: MessageOf<'INQUIRE'>, from: SocketAddress) => Promise<AuthorityBuffer | undefined> = (inquire) =>
    this.proof(inquire);

  static async on(net: VirtualNetwork, peerName: string): Promise<ScriptedPublisher> {
    const peer = new ScriptedPublisher(net.host(), peerName);
    const { address, port } = peer.endpoint;
    peer.#socket = await peer.host.datagrams.bind({ address, port }, (bytes, from) => peer.#receive(bytes, from));
    return peer;
  }

  private constructor(host: VirtualHost, peerName: string) {
    const names = createNames(this.#readings);
    this.host = host;
    this.#key = seededRsaKey(1024, new SeededRandom(host.name));
    const publicKey = createPublicKey({ key: pem(this.#key), format: 'pem' }).export({ format: 'der', type: 'pkcs1' });
    const address = packAddress(host.interfaces.list()[1]?.addresses[0] as string);
    const endpoints = [{ address, port: 3540 }];
    const ports = { host, readings: this.#readings, endpoints } as unknown as NodePorts;
    const signer = { publicKey, sign: async (_: string, bytes: Uint8Array) => this.#sign(bytes) } as never;
    const identity = { peerName, parts: names.parse(peerName), p2pId: names.p2pId(peerName), signer };
    this.name = new LocalName(ports, address, identity, { addresses: [], comment: '', payload: undefined });
  }

  get endpoint(): SocketAddress {
    return { address: addressText(this.entry.addresses[0] as string), port: this.entry.port };
  }

  get entry(): RouteEntry {
    return toRouteEntry(this.name.entry);
  }

  of<T extends PnrpMessage['type']>(type: T): MessageOf<T>[] {
    return this.received.flatMap(({ message: it }) => (it.type === type ? [it as MessageOf<T>] : []));
  }

  send(outgoing: PnrpMessage, to: SocketAddress): void {
    this.sendBytes(encode(message, outgoing), to);
  }

  sendBytes(bytes: Uint8Array, to: SocketAddress): void {
    this.#socket?.send(bytes, to);
  }

  /** Tells a node of a route entry, its own unless given. */
  flood(to: SocketAddress, more: Partial<MessageOf<'FLOOD'>> = {}): void {
    const flood = { type: 'FLOOD', messageId: this.messageId(), doNotAck: true, alreadyFloodedList: [] } as const;
    this.send({ ...flood, validatePnrpId: '\0'.repeat(32), routeEntry: this.entry, ...more }, to);
  }

  lookup(to: SocketAddress, more: Partial<MessageOf<'LOOKUP'>> = {}): void {
    const path = [{ address: packAddress(this.endpoint.address), port: this.endpoint.port }];
    const fixed = { type: 'LOOKUP', messageId: this.messageId(), precision: 0, criteria: 0, reasonCode: 0 } as const;
    const ids = { targetPnrpId: this.entry.pnrpId, validatePnrpId: '\0'.repeat(32) };
    this.send({ ...fixed, ...ids, acceptAny: true, flaggedPath: path, ...more }, to);
  }

  inquire(to: SocketAddress, validatePnrpId: ByteString, cpa = true): void {
    const flags = { cpa, extendedPayload: false, certChain: false, lowBits: 0 };
    this.send({ type: 'INQUIRE', messageId: this.messageId(), validatePnrpId, ...flags }, to);
  }

  messageId(): number {
    return this.host.random.below(2 ** 32);
  }

  /** What a publisher answers, with a CPA that `change` may have changed before it was signed. */
  async proof(inquire: MessageOf<'INQUIRE'>, change: (cpa: Cpa) => Cpa = (cpa) => cpa): Promise<AuthorityBuffer> {
    if (!inquire.cpa) return FLAGS_ONLY;
    const { classifier } = this.name.identity.parts;
    const validateCpa = await this.cpa(change, inquire.nonce);
    return { ...FLAGS_ONLY, classifier, routeEntry: this.entry, validateCpa };
  }

  async cpa(change: (cpa: Cpa) => Cpa, nonce?: Uint8Array): Promise<Uint8Array> {
    const codec = cpaCodec(this.#readings);
    const honest = decode(codec, await this.name.cpa(nonce));
    return encodeSigned(codec, change(honest), async (bytes) => this.#sign(bytes));
  }

  /** An EXTENDED_PAYLOAD for the name, which `change` may have changed before it was signed. */
  payload(change: (payload: ExtendedPayload) => ExtendedPayload, nonce: Uint8Array): Promise<Uint8Array> {
    const notAfter = this.host.clock.filetime() + 36_000_000_000n;
    const honest = { notAfter, pnrpId: this.name.pnrpId, nonce, payload: Uint8Array.of(1, 2, 3), signature: NONE };
    return encodeSigned(extendedPayloadCodec(this.#readings), change(honest), async (bytes) => this.#sign(bytes));
  }

  answer(to: SocketAddress, ackedMessageId: number, buffer: AuthorityBuffer): void {
    const bytes = encode(authorityBufferCodec(this.#readings), buffer);
    for (const part of splitAuthority(bytes, this.messageId(), ackedMessageId)) this.send(part, to);
  }

  async #receive(bytes: Uint8Array, from: SocketAddress): Promise<void> {
    const it = decode(message, bytes);
    this.received.push({ message: it, at: this.host.clock.now(), length: bytes.length });
    const { messageId } = it;
    if (it.type === 'FLOOD' && !it.doNotAck) {
      this.send({ type: 'ACK', messageId: this.messageId(), ackedMessageId: messageId, notFound: false }, from);
    } else if (it.type === 'AUTHORITY') {
      if (it.fragment.length === it.size) {
        this.onAuthority(decode(authorityBufferCodec(this.#readings), it.fragment).routeEntry);
      }
    } else if (it.type === 'LOOKUP') {
      this.answer(from, messageId, { ...FLAGS_ONLY, routeEntry: this.referral });
    } else if (it.type === 'INQUIRE') {
      const answer = await this.host.busy(this.onInquire(it, from));
      if (answer !== undefined) this.answer(from, messageId, answer);
    }
  }

  #sign(bytes: Uint8Array): Uint8Array {
    return sign('sha1', bytes, pem(this.#key));
  }
}

function pem(pkcs8: Uint8Array): string {
  return `-----BEGIN PRIVATE KEY-----\n${Buffer.from(pkcs8).toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

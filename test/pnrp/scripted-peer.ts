import { type AuthorityBuffer, authorityBufferCodec, splitAuthority } from '#fallback/pnrp/authority-buffer';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import type { RouteEntry } from '#fallback/pnrp/route-entry';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import type { ByteString } from '#fallback/wire/byte-string';
import { decode, encode } from '#fallback/wire/codec';
import { packAddress } from '#fallback/wire/ipv6';
import { Readings } from '#fallback/wire/readings';
import type { DatagramSocket, SocketAddress } from '#lib/backend/contract/host';

export type MessageOf<T extends PnrpMessage['type']> = Extract<PnrpMessage, { type: T }>;

/**
 * What the peer does about each type of message; it is silent about the others. Virtual time stands still until a
 * promise that is returned settles, so it must not wait for time to pass: `peer.host.clock.after` is for that.
 */
export type Script = {
  readonly [T in PnrpMessage['type']]?: (received: MessageOf<T>, from: SocketAddress, peer: ScriptedPeer) => unknown;
};

const NOTHING: AuthorityBuffer = { leafSet: false, busy: false, notFound: false };
const PORT = 3540;

/** A node that does what a test says: a socket of the virtual network that speaks the codecs and nothing else. */
export class ScriptedPeer {
  /** In the order of arrival. */
  readonly received: PnrpMessage[] = [];
  readonly host: VirtualHost;
  readonly #readings: Readings;
  readonly #script: Script;
  #socket: DatagramSocket | undefined;
  #messageId = 1;

  static async start(host: VirtualHost, script: Script, readings = new Readings()): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(host, script, readings);
    const address = host.interfaces.list().find(({ loopback }) => !loopback)?.addresses[0] ?? '';
    peer.#socket = await host.datagrams.bind({ address, port: PORT }, (bytes, from) => peer.#receive(bytes, from));
    return peer;
  }

  private constructor(host: VirtualHost, script: Script, readings: Readings) {
    this.host = host;
    this.#script = script;
    this.#readings = readings;
  }

  get local(): SocketAddress {
    if (this.#socket === undefined) throw new Error('the peer has not started');
    return this.#socket.local;
  }

  /** The route entry of an ID that is registered here. */
  routeEntry(pnrpId: ByteString): RouteEntry {
    return { pnrpId, port: this.local.port, addresses: [packAddress(this.local.address)] };
  }

  nextMessageId(): number {
    return this.#messageId++;
  }

  send(outgoing: PnrpMessage, to: SocketAddress): void {
    this.#socket?.send(encode(message, outgoing), to);
  }

  /** Answers a LOOKUP or INQUIRE, in as many AUTHORITY messages as it takes. */
  answer(asked: MessageOf<'LOOKUP' | 'INQUIRE'>, to: SocketAddress, buffer: Partial<AuthorityBuffer> = {}): void {
    const bytes = encode(authorityBufferCodec(this.#readings), { ...NOTHING, ...buffer });
    for (const part of splitAuthority(bytes, this.nextMessageId(), asked.messageId)) this.send(part, to);
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  #receive(bytes: Uint8Array, from: SocketAddress): void {
    const received = decode(message, bytes);
    this.received.push(received);
    const react = this.#script[received.type] as ((...given: unknown[]) => unknown) | undefined;
    void this.host.busy(Promise.resolve(react?.(received, from, this)));
  }
}

/** The part of a script that lets another node learn of one ID: it offers the ID, and answers whoever asks for the way. */
export function offering(pnrpId: ByteString): Script {
  return {
    SOLICIT: ({ messageId, hashedNonce }, from, peer) =>
      peer.send(
        {
          type: 'ADVERTISE',
          messageId: peer.nextMessageId(),
          ackedMessageId: messageId,
          pnrpIds: [pnrpId],
          hashedNonce,
        },
        from,
      ),
    REQUEST: ({ messageId }, from, peer) => {
      peer.send({ type: 'ACK', messageId: peer.nextMessageId(), ackedMessageId: messageId, notFound: false }, from);
      peer.send(
        {
          type: 'FLOOD',
          messageId: peer.nextMessageId(),
          doNotAck: true,
          validatePnrpId: '\0'.repeat(32),
          routeEntry: peer.routeEntry(pnrpId),
          alreadyFloodedList: [],
        },
        from,
      );
    },
    LOOKUP: (lookup, from, peer) => peer.answer(lookup, from),
  };
}

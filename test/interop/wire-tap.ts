import { createHost } from '#fallback/runtime/host';
import type { Host } from '#lib/backend/contract/host';
import type { PnrpSendEvent } from '#lib/backend/contract/trace';
import type { SentDatagram } from './pcap.js';

/** Keeps what platforms of this machine send: the datagrams of their sockets, and what their trace says of them. */
export class WireTap {
  readonly datagrams: SentDatagram[] = [];
  readonly traced: PnrpSendEvent[] = [];

  /** The real ports, with an ear on two of them. */
  host(home: string): Host {
    const host = createHost({ home });
    return {
      ...host,
      datagrams: {
        bind: async (local, receive) => {
          const socket = await host.datagrams.bind(local, receive);
          return {
            ...socket,
            send: (bytes, to) => {
              this.datagrams.push({ from: socket.local, to, bytes: Uint8Array.from(bytes) });
              socket.send(bytes, to);
            },
          };
        },
      },
      trace: (area, event, build) => {
        if (area === 'pnrp' && event === 'send') this.traced.push(build() as PnrpSendEvent);
      },
    };
  }
}

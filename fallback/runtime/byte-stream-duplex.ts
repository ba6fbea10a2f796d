import { Duplex } from 'node:stream';
import type { ByteStream } from '../../lib/backend/contract/host.js';

/** A stream of the contract as one of Node.js, for what Node.js does over any: TLS, HTTP. */
export function duplexOf(stream: ByteStream): Duplex {
  return new Duplex({
    read() {
      stream.read().then(
        (bytes) => this.push(bytes ?? null),
        (error) => this.destroy(error),
      );
    },
    write(bytes, _encoding, done) {
      stream.write(bytes).then(() => done(), done);
    },
    final(done) {
      stream.close().then(() => done(), done);
    },
    destroy(error, done) {
      stream.destroy();
      done(error);
    },
  });
}

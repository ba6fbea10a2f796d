import type { Clock, Random } from '../../lib/backend/contract/host.js';
import { dateFromFiletime } from '../wire/filetime.js';
import type { AppSequence } from './messages.js';

/** `urn:uuid:` and a GUID by chance, lower case. */
export function uuidUrn(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  // RFC 4122, 4.4: version and variant.
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const [, ...groups] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(bytes.toString('hex')) ?? [];
  return `urn:uuid:${groups.join('-')}`;
}

/** Numbers the messages of a sender; the instance is the second of its start. [MS-PCCRD] 2.2.3.6, 2.2.3.7 */
export class AppSequencer {
  readonly #instanceId: number;
  #messageNumber = 0;

  constructor(clock: Clock) {
    this.#instanceId = Math.floor(dateFromFiletime(clock.filetime()).getTime() / 1000);
  }

  next(): AppSequence {
    this.#messageNumber += 1;
    return { instanceId: this.#instanceId, messageNumber: this.#messageNumber };
  }
}

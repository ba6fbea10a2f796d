import type { ServerSecret } from '../../../lib/backend/contract/distribution-services.js';
import { isPeerError } from '../../../lib/errors.js';
import type { Readings } from '../../wire/readings.js';
import { decodeContentInformation, type Segment, segmentSecret, serverSecret } from '../content-information/index.js';
import type { WholeInformation } from './kept-publications.js';

/** Whether content information is readable, and of this secret. */
export function isOfSecret(information: WholeInformation, secret: ServerSecret, readings: Readings): boolean {
  try {
    return (
      information.has(1) &&
      [...information.values()].every((bytes) => {
        const { algorithm, segments } = decodeContentInformation(bytes, 'restorePublication');
        const [first] = segments as readonly Segment[];
        const key = serverSecret(algorithm, secret, readings);
        return (
          first !== undefined && Buffer.compare(segmentSecret(algorithm, key, first.hashOfData), first.secret) === 0
        );
      })
    );
  } catch (error) {
    if (isPeerError(error)) return false;
    throw error;
  }
}

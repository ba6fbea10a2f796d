import type { ContentDescription } from '../../lib/backend/contract/distribution-services.js';
import {
  blockHash,
  type ContentInformation,
  hashForm,
  type Segment,
  type Segment1,
  segmentId,
} from './content-information/index.js';

/** What a content information says, as plain values. */
export function describeInformation(information: ContentInformation): ContentDescription {
  const { version, algorithm, start, end } = information;
  const segments: readonly (Segment | Segment1)[] = information.segments;
  return {
    version,
    algorithm,
    offset: start,
    length: end - start,
    segments: segments.map((segment) => {
      const { offset, length, hashOfData, secret } = segment;
      const blocks = 'blockHashes' in segment ? blocksOf(information, segment) : [];
      return { offset, length, hashOfData, secret, id: segmentId(information, segment), blocks };
    }),
  };
}

function blocksOf(
  { algorithm }: ContentInformation,
  segment: Segment1,
): ContentDescription['segments'][number]['blocks'] {
  const count = segment.blockHashes.length / hashForm(algorithm).length;
  return Array.from({ length: count }, (_, at) => {
    const index = segment.firstBlock + at;
    return { index, hash: blockHash({ algorithm }, segment, index) as Uint8Array };
  });
}

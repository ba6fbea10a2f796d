/** Content identification and content information: [MS-PCCRC]. */
export { contentInformationCodec, decodeContentInformation, encodeContentInformation } from './codec.js';
export {
  type ContentHashes,
  type ContentHashes1,
  type ContentHashes2,
  describe,
  describeRange,
} from './describe.js';
export { ContentHasher, ContentHashing } from './hashing.js';
export { exportSecretKey, importSecretKey } from './key-file.js';
export { secretKey, segmentId, segmentSecret, serverSecret } from './keys.js';
export {
  BLOCK_LENGTH,
  blockCount,
  blockHash,
  type ContentInformation,
  type ContentInformation1,
  type Segment,
  type Segment1,
} from './model.js';
export { hashForm, segmentHash } from './segment-hash.js';
export { type SegmentInformation, segmentInformation } from './version-1.js';

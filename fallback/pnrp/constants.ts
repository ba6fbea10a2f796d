/** The numbers of [MS-PNRP], under its names, each with its section. */

/** Identifier, VersionMajor, VersionMinor of the PNRP header. 2.2.1. */
export const IDENTIFIER = 0x51;
export const VERSION_MAJOR = 0x04;
export const VERSION_MINOR = 0x00;

/** MessageType. 2.2.1. */
export const MessageType = {
  SOLICIT: 0x01,
  ADVERTISE: 0x02,
  REQUEST: 0x03,
  FLOOD: 0x04,
  INQUIRE: 0x07,
  AUTHORITY: 0x08,
  ACK: 0x09,
  LOOKUP: 0x0b,
} as const;

/** FieldID of an element, or of the entries of an array element. 2.2. */
export const FieldId = {
  PNRP_HEADER: 0x0010,
  PNRP_HEADER_ACKED: 0x0018,
  PNRP_ID: 0x0030,
  TARGET_PNRP_ID: 0x0038,
  VALIDATE_PNRP_ID: 0x0039,
  FLAGS_FIELD: 0x0040,
  FLOOD_CONTROLS: 0x0043,
  SOLICIT_CONTROLS: 0x0044,
  LOOKUP_CONTROLS: 0x0045,
  EXTENDED_PAYLOAD: 0x005a,
  PNRP_ID_ARRAY: 0x0060,
  CERT_CHAIN: 0x0080,
  WCHAR: 0x0084,
  CLASSIFIER: 0x0085,
  HASHED_NONCE: 0x0092,
  NONCE: 0x0093,
  SPLIT_CONTROLS: 0x0098,
  ROUTING_ENTRY: 0x009a,
  VALIDATE_CPA: 0x009b,
  REVOKE_CPA: 0x009c,
  IPV6_ENDPOINT: 0x009d,
  IPV6_ENDPOINT_ARRAY: 0x009e,
} as const;

export type FieldId = (typeof FieldId)[keyof typeof FieldId];

/** SolicitType. 2.2.2.1. */
export const SolicitType = {
  /** Route entries of local and cached IDs. */
  ANY: 0x00,
  /** Route entries of locally registered IDs alone. */
  LOCAL: 0x01,
} as const;

export type SolicitType = (typeof SolicitType)[keyof typeof SolicitType];

/** 2.2.2.4. */
export const FLOOD_D = 0x0001;

/** 2.2.2.5. */
export const InquireFlag = { A: 0x0010, X: 0x0008, C: 0x0004, LOW_BITS: 0x0003 } as const;

/** 2.2.2.6.1. */
export const AuthorityFlag = { L: 0x0200, B: 0x0008, N: 0x0001 } as const;

/** 2.2.2.7. */
export const ACK_N = 0x0001;

/** 2.2.2.8. */
export const LOOKUP_A = 0x0002;

/** ResolveCriteria: how many of the bits of a PNRP ID have to match the target. 2.2.2.8. */
export const ResolveCriteria = {
  /** All 256. */
  NONE: 0x00,
  /** The upper 128: the peer name. */
  ANY_PEERNAME: 0x01,
  /** All 256, or the closest possible. */
  NEAREST_PEERNAME: 0x02,
  /** The upper 192, or the closest possible. */
  NEAREST64_PEERNAME: 0x04,
  /** As many upper ones as Precision says. */
  UPPER_BITS: 0x08,
} as const;

export type ResolveCriteria = (typeof ResolveCriteria)[keyof typeof ResolveCriteria];

/** ResolveReasonCode; a receiver ignores it. 2.2.2.8. */
export const ResolveReasonCode = {
  APP_REQUEST: 0x00,
  REGISTRATION: 0x01,
  CACHE_MAINTENANCE: 0x02,
  SPLIT_DETECTION: 0x03,
} as const;

/** Flags of the Encoded CPA. 2.2.3.1. */
export const CpaFlag = { X: 0x20, F: 0x10, C: 0x08, A: 0x04, U: 0x02, R: 0x01 } as const;

/** Cpa MajorVersion and MinorVersion, and those of the EXTENDED_PAYLOAD. 2.2.3.1, 2.2.3.3. */
export const CPA_VERSION_MAJOR = 0x02;
export const CPA_VERSION_MINOR = 0x00;

/** The only Type of a PAYLOAD. 2.2.3.1.2. */
export const PAYLOAD_TYPE_ENDPOINTS = 0x00000001;

/** Payload Type and String Type of the EXTENDED_PAYLOAD. 2.2.3.3. */
export const PAYLOAD_TYPE_STRING = 0x80000002;
export const PAYLOAD_TYPE_BINARY = 0x80000003;
export const STRING_TYPE_UNICODE = 0x0000;
export const STRING_TYPE_UTF8 = 0x0001;

/** Algorithm ObjId of the CPA Public Key: rsaEncryption, as dotted ASCII. 2.2.3.1.4. */
export const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';

/** ALG_ID of the SIGNATURE: SHA-1. 2.2.3.2. */
export const CALG_SHA1 = 0x00008004;

/** Sizes in bytes. */
export const PNRP_ID_LENGTH = 32;
export const NONCE_LENGTH = 16;
export const HASH_LENGTH = 20;
export const ADDRESS_LENGTH = 16;
/** PublicKey Data: DER RSAPublicKey of 1024 bits with exponent 65537. 2.2.3.1.4. */
export const PUBLIC_KEY_LENGTH = 140;
/** Signature Data. 2.2.3.2. */
export const SIGNATURE_DATA_LENGTH = 128;

export const Limit = {
  /** Ports of nodes are greater. 2.2.3.4, 3.1.5.2. */
  RESERVED_PORTS: 1024,
  /** Local addresses of a cloud. 3.1.4.1. */
  LOCAL_ADDRESSES: 4,
  /** ROUTE_ENTRY. 2.2.3.4. */
  ROUTE_ENTRY_ADDRESSES: 20,
  /** Service Address List. 2.2.3.1.1. */
  SERVICE_ADDRESSES: 4,
  /** PAYLOAD. 2.2.3.1.2. */
  APPLICATION_ENDPOINTS: 10,
  /** FriendlyName, in bytes. 2.2.3.1. */
  FRIENDLY_NAME: 78,
  /** EXTENDED_PAYLOAD, binary, in bytes. 2.2.3.3. */
  EXTENDED_PAYLOAD: 4096,
  /** EXTENDED_PAYLOAD, string: least and greatest Payload Length. 2.2.3.3. */
  EXTENDED_STRING_MINIMUM: 6,
  EXTENDED_STRING_MAXIMUM: 4098,
  /** Size of an AUTHORITY_BUFFER. 2.2.2.6. */
  AUTHORITY_BUFFER: 0x91e4,
  /** Bytes of an AUTHORITY_BUFFER in one AUTHORITY, and what Offset is a multiple of. 2.2.2.6. */
  AUTHORITY_FRAGMENT: 1188,
  /** Flagged Path. 2.2.2.8. */
  FLAGGED_PATH: 22,
  /** Already Flooded List. 2.2.2.4. */
  ALREADY_FLOODED_LIST: 22,
  /** NumEntries of a PNRP ID array and of a CLASSIFIER. 2.2.2.2, 2.2.2.3, 2.2.2.6.1. */
  ARRAY_ENTRIES: 0x7fff,
} as const;

/** 1.9. */
export const DEFAULT_PORT = 3540;

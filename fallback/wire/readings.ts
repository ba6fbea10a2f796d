/**
 * Every decision that no published page settles. One capture from Windows settles each; until then a platform can
 * be told to take another candidate.
 */
export interface Reading {
  /** Where the question stands in the specification. */
  readonly section: string;
  readonly question: string;
  /** The first is the default. */
  readonly candidates: readonly [string, ...string[]];
  /** The cheapest thing from a Windows machine that answers it. */
  readonly settle: string;
}

export const READINGS = {
  'names.classifier-hash': {
    section: '[MS-PNRP] 3.1.4.4.1',
    question: 'How is the classifier encoded when it is hashed into the P2P ID and the ClassifierHash?',
    candidates: ['utf-16le', 'utf-16be', 'utf-8'],
    settle: 'any CPA of an unsecured name whose name is known',
  },
  'names.authority-hash': {
    section: '[MS-PNRP] 3.1.4.4.1',
    question: 'In which order do the 20 authority bytes enter the P2P ID?',
    candidates: ['digest', 'reversed'],
    settle: 'any CPA of a secure name whose name is known',
  },
  'names.host-name': {
    section: '[MS-PNRP] 1.3.1.1',
    question: 'Does the encoded classifier of a host name always get a leading and trailing p?',
    candidates: ['plain', 'wrapped'],
    settle: 'PeerNameToPeerHostName for a handful of names',
  },
  'pnrp.classifier-element': {
    section: '[MS-PNRP] 2.2.2.6.1',
    question: 'Byte order of the characters in the CLASSIFIER element',
    candidates: ['big-endian', 'little-endian'],
    settle: 'an AUTHORITY that answers an INQUIRE with A set',
  },
  'pnrp.binary-authority': {
    section: '[MS-PNRP] 2.2.3.1',
    question: 'Byte order of BinaryAuthority in the CPA',
    candidates: ['reversed', 'digest'],
    settle: 'one CPA of a secure name',
  },
  'pnrp.signature': {
    section: '[MS-PNRP] 2.2.3.2',
    question: 'Byte order of the 128 signature bytes',
    candidates: ['big-endian', 'little-endian'],
    settle: 'any CPA',
  },
  'pnrp.application-port': {
    section: '[MS-PNRP] 2.2.3.1.3',
    question: 'Byte order of sin6_port in IPV6_APP_ENDPOINT',
    candidates: ['big-endian', 'little-endian'],
    settle: 'a CPA of a name registered with a known port',
  },
  'pnrp.friendly-name': {
    section: '[MS-PNRP] 2.2.3.1',
    question: 'Byte order of a UTF-16 FriendlyName and of a UTF-16 extended payload string',
    candidates: ['little-endian', 'big-endian'],
    settle: 'a CPA of a name registered with a comment',
  },
  'pnrp.authority-padding': {
    section: '[MS-PNRP] 2.2.2.6.1',
    question: 'Is the last element of an AUTHORITY_BUFFER padded when nothing follows it?',
    candidates: ['padded', 'unpadded'],
    settle: 'the Size of any answer to a LOOKUP',
  },
  'pnrp.inquire-flags': {
    section: '[MS-PNRP] 3.1.4.4.2',
    question: 'Do the low reserved bits of an INQUIRE ask for the classifier?',
    candidates: ['a-x-c', 'low-bits'],
    settle: 'the INQUIRE of a resolve',
  },
  'pnrp.address-match': {
    section: '[MS-PNRP] 3.1.5.6.1.2',
    question: 'Must the route entry name all of the service addresses of the CPA, or some?',
    candidates: ['subset', 'equal'],
    settle: 'a node with two addresses that advertises one',
  },
  'pnrp.nearest': {
    section: '[MS-PNRP] 2.2.2.8',
    question: 'When is a match close enough to end a NEAREST search early?',
    candidates: ['closest', 'p2p-id'],
    settle: 'the LOOKUPs of a nearest resolve in a cloud with two publishers of one name',
  },
  'names.missing-classifier': {
    section: '[MS-PNRP] 3.1.5.7',
    question: 'What stands for ClassifierHash in the PNRP ID of a secure name without classifier?',
    candidates: ['empty-text', 'zeros'],
    settle: 'the CPA of a secure name without classifier',
  },
  'pnrp.flooded-list': {
    section: '[MS-PNRP] 2.2.2.4',
    question: 'Which entries of a full Already Flooded List are dropped?',
    candidates: ['oldest', 'newest'],
    settle: 'FLOODs in a cloud of more than 30 nodes',
  },
  'pnrp.path-membership': {
    section: '[MS-PNRP] 3.2.5.2',
    question: 'Is a node in the Flagged Path by its address and port, or by its address alone?',
    candidates: ['endpoint', 'address'],
    settle: 'answers of two nodes on one host',
  },
  'pnrp.resolve-criteria': {
    section: '[MS-PNRP] 2.2.2.8',
    question: 'Which wire criteria do the nearest criteria of the API become?',
    candidates: ['nearest64', 'nearest'],
    settle: 'the LOOKUP of a WSALookupService search with PNRP_RESOLVE_CRITERIA_NEAREST_PEER_NAME',
  },
  'pnrp.seed-hosts': {
    section: '[MS-PNRP] 3.1.4.2.1',
    question:
      'Do the published seed servers of the global cloud still answer, so that asking DNS for them is worth it?',
    candidates: ['asked', 'not-asked'],
    settle: 'a capture of a Windows machine that enters the global cloud without a configured seed server',
  },
  'pnrp.next-results': {
    section: '[MS-PNRP] 3.1.4.4.2',
    question: 'How does a search for several results pass over those it has?',
    candidates: ['flagged-path'],
    settle: 'the LOOKUPs of a resolve with a maximum of 2',
  },
  'distribution.server-secret': {
    section: '[MS-PCCRC] 2.5',
    question: 'Which hash makes the server secret of content information with SHA-384 or SHA-512?',
    candidates: ['own-hash', 'sha256'],
    settle: 'content information with SHA-512 from Windows Server 2008 R2, and the exported key',
  },
  'distribution.block-lists': {
    section: '[MS-PCCRC] 2.3.1.2',
    question: 'Do the block hashes of a range begin with the first block of each segment, or of the range?',
    candidates: ['prefix', 'strict'],
    settle: 'a GET of a range in the middle of a segment, with Accept-Encoding: peerdist',
  },
  'distribution.chunks': {
    section: '[MS-PCCRC] 2.4.1',
    question: 'How many segments does a chunk of content information 2.0 describe?',
    candidates: ['single', 'per-segment'],
    settle: 'content information 2.0 of a file of 100 MB',
  },
  'distribution.zero-runs': {
    section: '[MS-PCCRC] 2.4.1.2',
    question: 'Is a run of zeros of 32 KB or more a segment of its own?',
    candidates: ['own-segment', 'scanned'],
    settle: 'content information 2.0 of a file that begins with 1 MB of zeros',
  },
  'distribution.longest-segment': {
    section: '[MS-PCCRC] 2.4.1.2',
    question: 'Where does a segment end that has no full match within 128 KB?',
    candidates: ['best-match', 'maximum'],
    settle: 'content information 2.0 of a random file of 100 MB',
  },
  'distribution.cut-window': {
    section: '[MS-PCCRC] 2.4.1.2',
    question: 'Is a large content cut as one stream, or does a segment end every 32 MB?',
    candidates: ['content', '32-mb'],
    settle: 'content information 2.0 of a random file of 100 MB',
  },
  'distribution.next-block': {
    section: '[MS-PCCRR] 2.2.5.2',
    question: 'Behind which block does NextBlockIndex of MSG_BLKLIST look for the next one?',
    candidates: ['after-reported', 'after-requested'],
    settle: 'the answer of a Windows peer to MSG_GETBLKLIST for a segment with gaps',
  },
  'distribution.block-padding': {
    section: '[MS-PCCRR] 2.2.5.3',
    question: 'What fills a block up to whole blocks of AES?',
    candidates: ['pkcs7', 'zeros'],
    settle: 'SizeOfBlock in any MSG_BLK of a Windows peer: 65,552 or 65,536',
  },
  'distribution.type-version': {
    section: '[MS-PCCRR] 2.2.3',
    question: 'Is a message taken whose ProtVer is not that of its type, but of a version that is spoken?',
    candidates: ['accepted', 'dropped'],
    settle: 'MSG_GETBLKS as 2.0 to a Windows peer',
  },
  'distribution.negotiation-version': {
    section: '[MS-PCCRR] 2.2.3',
    question: 'Is MSG_NEGO_REQ of a ProtVer that is not spoken answered?',
    candidates: ['answered', 'dropped'],
    settle: 'MSG_NEGO_REQ as 3.0 to a Windows peer',
  },
  'distribution.unknown-cipher': {
    section: '[MS-PCCRR] 2.2.3',
    question: 'What becomes of a request whose CryptoAlgoId is above 3?',
    candidates: ['dropped', 'ignored'],
    settle: 'MSG_GETBLKS with CryptoAlgoId 4 to a Windows peer',
  },
  'certificates.name-string': {
    section: '[MS-PNRP] 2.2.3.5.1.3',
    question: 'String type of peer names and classifiers in certificates',
    candidates: ['utf8', 'ia5', 'bmp'],
    settle: 'any PEERIDENTITYINFO',
  },
  'certificates.alt-names': {
    section: '[MS-PPSEC] 2.2.5',
    question: 'Object identifiers of the alternative names with peer names',
    candidates: ['2.5.29.7', '2.5.29.17'],
    settle: 'any PEERIDENTITYINFO',
  },
  'certificates.flags': {
    section: '[MS-PPSEC] 2.2.5',
    question: 'Is the identity flags extension written, and critical?',
    candidates: ['critical', 'not-critical', 'absent'],
    settle: 'any PEERIDENTITYINFO',
  },
  'certificates.name-type': {
    section: '[MS-PNRP] 2.2.3.5',
    question: 'String type of subject and issuer',
    candidates: ['printable-or-bmp', 'utf8'],
    settle: 'any PEERIDENTITYINFO',
  },
  'certificates.usage-critical': {
    section: '[MS-PPSEC] 2.2.5.1',
    question: 'Is the extended key usage critical?',
    candidates: ['no', 'yes'],
    settle: 'any PEERIDENTITYINFO',
  },
  'certificates.alt-names-critical': {
    section: '[MS-PPSEC] 2.2.5',
    question: 'Are the alternative names with peer names critical?',
    candidates: ['no', 'yes'],
    settle: 'any PEERIDENTITYINFO',
  },
  'certificates.terminator': {
    section: '[MS-PNRP] 2.2.3.5.1.3',
    question: 'Do peer names and classifiers in certificates end with U+0000?',
    candidates: ['absent', 'present'],
    settle: 'any PEERIDENTITYINFO',
  },
  'certificates.grouping-flags': {
    section: '[MS-PPSEC] 2.2.5',
    question: 'Is the grouping flags extension written, and critical?',
    candidates: ['absent', 'critical', 'not-critical'],
    settle: 'any invitation',
  },
  'certificates.roles': {
    section: '[MS-PNRP] 2.2.3.5.1.4',
    question: 'Byte order of the role UUIDs',
    candidates: ['in-memory', 'text'],
    settle: 'any invitation',
  },
  'certificates.authority-key': {
    section: '[MS-PPSEC] 2.2.5',
    question: 'What does the authority key identifier of a membership certificate hold?',
    candidates: ['key-hash', 'absent'],
    settle: 'any invitation',
  },
  'identity.xml-base64': {
    section: '[MS-PPSEC] 2.2.6.2',
    question: 'Is the certificate in PEERIDENTITYINFO encoded in Base64 once or twice?',
    candidates: ['once', 'twice'],
    settle: 'any PEERIDENTITYINFO',
  },
  'identity.export-ciphers': {
    section: 'PeerIdentityExport',
    question: 'Algorithms of the PFX in a PEERIDENTITYEXPORT',
    candidates: ['3des-rc2', '3des', 'aes'],
    settle: 'an export from a current Windows',
  },
  'ws-discovery.repetitions': {
    section: '[MS-PCCRD] 2.1',
    question: 'How often does Windows repeat a message to a group?',
    candidates: ['one', 'four'],
    settle: 'one Probe of a Windows client',
  },
  'distribution.offer-without-version': {
    section: '[MS-PCCRTP] 3.1.4',
    question: 'How does a server answer a request that accepts peerdist without a version in X-P2P-PeerDist?',
    candidates: ['plain', '1.0'],
    settle: 'one such request to a Windows web server',
  },
  'distribution.range-content-length': {
    section: '[MS-PCCRTP] 2.2',
    question: 'Does ContentLength of a 206 with content information count the range, or the whole entity?',
    candidates: ['range', 'entity'],
    settle: 'a ranged request that accepts peerdist to a Windows web server',
  },
  'distribution.hash-request-coding': {
    section: '[MS-PCCRTP] 4',
    question: 'Does a client that sends HashRequest still accept peerdist in Accept-Encoding?',
    candidates: ['accepted', 'absent'],
    settle: 'a capture of a Windows 8 client that fetches a content for the first time',
  },
  'distribution.minimum-length': {
    section: '[MS-PCCRTP] 3.2',
    question: 'From how many bytes on does a server answer with content information?',
    candidates: ['65536', '1'],
    settle: 'files of 1 byte to 128 KB on a Windows web server',
  },
  'distribution.segment-bits': {
    section: '[MS-PCCRD] 2.2.3.3',
    question: 'From which end do the segments of a version 2.0 answer fill the bytes of its bit array?',
    candidates: ['top-first', 'bottom-first'],
    settle: 'a Probe of version 2.0 with two segments to a Windows peer that has one of them',
  },
  'distribution.ipv6-zone': {
    section: '[MS-PCCRD] 2.2.3.8',
    question: 'Does a link-local IPv6 address in XAddrs have its zone?',
    candidates: ['absent', 'present'],
    settle: 'the answer of a Windows peer on a link that has no other addresses',
  },
  'distribution.offer-integers': {
    section: '[MS-PCHC] 2.2',
    question: 'Byte order of the integers in offers to a hosted cache, and in its answers',
    candidates: ['big-endian', 'little-endian'],
    settle: 'any offer of a Windows client: its port',
  },
  'distribution.hosted-cache-data': {
    section: '[MS-PCHC] 3.1.5.2',
    question: 'Does a hosted cache check what it fetches after an offer of version 1.0, or keep it as it came?',
    candidates: ['verify', 'verbatim'],
    settle: 'an offer to a Windows hosted cache by a client that answers it with wrong blocks',
  },
  'distribution.unknown-content': {
    section: 'PeerDistServerUnpublish',
    question: 'Is it an error to unpublish what is not published?',
    candidates: ['not-found', 'success'],
    settle: 'one such call on Windows',
  },
} as const satisfies Record<string, Reading>;

export type ReadingId = keyof typeof READINGS;

export type Candidate<Id extends ReadingId> = (typeof READINGS)[Id]['candidates'][number];

/** The candidates that a platform has chosen. */
export class Readings {
  readonly #chosen: ReadonlyMap<string, string>;

  constructor(chosen: Readonly<Record<string, string>> = {}) {
    for (const [id, candidate] of Object.entries(chosen)) {
      const reading: Reading | undefined = READINGS[id as ReadingId];
      if (reading === undefined) throw new RangeError(`no reading is called ${id}`);
      if (!reading.candidates.includes(candidate)) {
        throw new RangeError(`${id} is one of ${reading.candidates.join(', ')}, not ${candidate}`);
      }
    }
    this.#chosen = new Map(Object.entries(chosen));
  }

  get<Id extends ReadingId>(id: Id): Candidate<Id> {
    return (this.#chosen.get(id) ?? READINGS[id].candidates[0]) as Candidate<Id>;
  }
}

import { MATCH_STRINGS, type QName } from '../../ws-discovery/names.js';

/** [MS-PCCRD] 2.2.1 */
export const PEER_DIST = 'http://schemas.microsoft.com/p2p/2007/09/PeerDistributionDiscovery';

export const NAMESPACES = { PeerDist: PEER_DIST } as const;

/** Of the messages; that of the content information whose segments are looked for. [MS-PCCRD] 2.2.2 */
export type DiscoveryVersion = 1 | 2;

interface Form {
  /** [MS-PCCRD] 2.2.3.1 */
  readonly type: QName;
  /** [MS-PCCRD] 2.2.3.2, 2.2.3.3 */
  readonly matchBy: string;
  /** [MS-PCCRD] 2.2.3.5; readers take either. */
  readonly metadataVersion: number;
}

export const FORMS: Readonly<Record<DiscoveryVersion, Form>> = {
  1: { type: { namespace: PEER_DIST, name: 'PeerDistData' }, matchBy: MATCH_STRINGS, metadataVersion: 1 },
  2: {
    type: { namespace: PEER_DIST, name: 'PeerDistDataV2' },
    matchBy: 'http://schemas.microsoft.com/p2p/2010/05/PeerDistV2MatchingRule',
    metadataVersion: 2,
  },
};

/** The one type of a message; undefined where it is about something else. */
export function versionOf(types: readonly QName[]): DiscoveryVersion | undefined {
  const [type, second] = types;
  if (type === undefined || second !== undefined || type.namespace !== PEER_DIST) return undefined;
  return ([1, 2] as const).find((version) => FORMS[version].type.name === type.name);
}

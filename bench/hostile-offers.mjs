// What hostile-mutations.bench.mjs mutates of content discovery and of the hosted cache.
import { formatAnswer, readAnswer } from '#fallback/distribution/discovery/answers';
import { FORMS, NAMESPACES, versionOf } from '#fallback/distribution/discovery/names';
import { formatScopes, readScopes } from '#fallback/distribution/discovery/scopes';
import { offerMessage, offerResponse } from '#fallback/distribution/hosted-cache/messages';
import { decode, encode } from '#fallback/wire/codec';
import { discoveryMessage } from '#fallback/ws-discovery/messages';

/** @typedef {import('#fallback/wire/readings').Readings} Readings */
/** @typedef {import('#fallback/distribution/hosted-cache/messages').OfferMessage} OfferMessage */

const VERSIONS = /** @type {const} */ ([1, 2]);
/** Of each length that a hash has. */
const IDS = [32, 48, 64].map((length) => new Uint8Array(length).fill(length));
const THREE = [1, 2, 3].map((value) => new Uint8Array(32).fill(value));
const HELD = [{ blocks: 2, allBlocks: 2, created: 0n }, undefined, { blocks: 1, allBlocks: 2, created: 5n }];

export const discovery = discoveryMessage(NAMESPACES);

/** Probes and answers; some with more than Windows has in them. @param {Readings} readings */
export function discoveryMessages(readings) {
  const probes = VERSIONS.flatMap((version) =>
    [THREE, ...IDS.map((id) => [id])].map((ids) => ({
      type: /** @type {const} */ ('Probe'),
      messageId: 'urn:uuid:1',
      types: [FORMS[version].type],
      scopes: formatScopes(version, ids),
    })),
  );
  const answers = VERSIONS.map((version) => {
    const [probe] = probes.filter(({ types }) => versionOf(types) === version);
    const asked = probe === undefined ? [] : readScopes(version, probe);
    const answer = formatAnswer(version, asked, HELD, 10n, readings);
    return { address: 'urn:uuid:2', xAddrs: ['192.0.2.7:80', '[fe80::1]:80'], ...answer };
  });
  const matches = {
    type: /** @type {const} */ ('ProbeMatches'),
    messageId: 'urn:uuid:3',
    relatesTo: 'urn:uuid:1',
    appSequence: { instanceId: 1, messageNumber: 2 },
    matches: answers,
  };
  const foreign = {
    ...probes[0],
    messageId: '<&">',
    types: [
      { namespace: 'urn:x', name: 'T' },
      { namespace: '', name: 'U' },
    ],
  };
  const values = [...probes, matches, { ...matches, matches: [] }, /** @type {typeof probes[0]} */ (foreign)];
  const bytes = values.map((it) => encode(discovery, it));
  return [...bytes, ...bytes.flatMap(otherwise)];
}

/** As others may write it, and as nobody should. @param {Uint8Array} bytes */
function otherwise(bytes) {
  const text = Buffer.from(bytes).toString();
  return [
    text.replace(/<wsd:Scopes.*<\/wsd:Scopes>/, ''),
    text.replaceAll(/<\/?PeerDist:(?:PeerDistData|BlockCount)>/g, ''),
    text.replace(/<wsd:XAddrs>.*<\/wsd:XAddrs>/, ''),
    text.replace(/<wsd:Types>.*<\/wsd:Types>/, ''),
    text.replace(/PeerDist:PeerDistData</, 'Other:PeerDistData<'),
    text.replace(/MatchBy="[^"]*"/, 'MatchBy="x"'),
    text.replace(/urn:uuid:1/, '&#1;'),
    text.replaceAll(/PeerDist:BlockCount/g, 'BlockCount'),
    text.replace(/<PeerDist:BlockCount>/, '<PeerDist:BlockCount>0'),
    text.replace(/(<wsd:Scopes[^>]*>)[^<]*/, '$1 '),
    text.replace(/(<wsd:Scopes[^>]*>)[^<]*/, '$1ACEB'),
    text.replace(/urn:uuid:1/, 'x'.repeat(300)),
    text.replace(/<PeerDist:BlockCount>/, '<PeerDist:BlockCount>00000000'),
    text.replace('<soap:Body>', '<soap:Body><wsd:Probe/>'),
    text.replace('<wsd:Scopes', `<wsd:X>${'y'.repeat(33_000)}</wsd:X><wsd:Scopes`),
  ].map((it) => new Uint8Array(Buffer.from(it)));
}

/** Where the tags of a message begin. @param {Uint8Array} bytes */
export function tags(bytes) {
  return [...bytes.entries()].filter(([, byte]) => byte === 0x3c).map(([at]) => at);
}

/** All that is read of a message, by whoever asks and whoever answers. @param {Uint8Array} bytes @param {Readings} readings */
export function readDiscovery(bytes, readings) {
  const message = decode(discovery, bytes);
  encode(discovery, message);
  if (message.type === 'Probe') {
    for (const version of VERSIONS) if (versionOf(message.types) === version) readScopes(version, message);
    return;
  }
  const ids = THREE.map((id) => Buffer.from(id).toString('hex'));
  for (const match of message.matches) {
    const version = versionOf(match.types);
    if (version !== undefined) readAnswer(version, ids, match, readings);
  }
}

/** @param {Readings} readings */
export function offers(readings) {
  const codec = offerMessage(readings);
  const segment = {
    blockSize: 9,
    segmentSize: 9,
    contentTag: new Uint8Array(16),
    hashAlgorithm: 4,
    segmentId: THREE[0],
  };
  const port = 8080;
  /** @type {OfferMessage[]} */
  const messages = [
    ...IDS.map((segmentId) => ({ type: /** @type {const} */ ('INITIAL_OFFER'), port, segmentId })),
    { type: 'SEGMENT_INFO', port, contentTag: new Uint8Array(16), contentInformation: new Uint8Array(134) },
    ...[1, 5, 128].map((count) => ({
      type: /** @type {const} */ ('BATCHED_OFFER'),
      port,
      segments: Array(count).fill(segment),
    })),
  ];
  return messages.map((it) => encode(codec, it));
}

/** @param {Readings} readings */
export function responses(readings) {
  return /** @type {const} */ (['OK', 'INTERESTED']).map((it) => encode(offerResponse(readings), it));
}

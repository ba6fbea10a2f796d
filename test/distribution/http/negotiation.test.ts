import { describe, expect, test } from 'vitest';
import {
  contentInformationHeaders,
  HASH_REQUEST,
  MAKE_HASH_REQUEST,
  MISSING_DATA_REQUEST,
  OFFER,
  readCoding,
  readOffer,
} from '#lib/distribution/negotiation';

const PAIR = 'MinContentInformation=1.0, MaxContentInformation=2.0';
const accepting = { 'accept-encoding': 'gzip, deflate, peerdist' };

function offer(headers: Record<string, string | undefined>) {
  return readOffer({ ...accepting, 'x-p2p-peerdist': 'Version=1.1', ...headers }, { withoutVersion: 'plain' });
}

const BOTH = { client: '1.1', minVersion: 1, maxVersion: 2 };
const FIRST = { client: '1.1', minVersion: 1, maxVersion: 1 };

describe('what a client offers', () => {
  test.each([
    ['an extension with both versions', { 'x-p2p-peerdistex': PAIR }, BOTH],
    ['no blank after the comma', { 'x-p2p-peerdistex': PAIR.replace(', ', ',') }, BOTH],
    ['names in any case', { 'x-p2p-peerdistex': PAIR.toLowerCase(), 'x-p2p-peerdist': 'version=1.1' }, BOTH],
    [
      'the pair the other way round',
      { 'x-p2p-peerdistex': 'MaxContentInformation=2.0,MinContentInformation=1.0' },
      BOTH,
    ],
    ['version 1.0 alone', { 'x-p2p-peerdistex': 'MinContentInformation=1.0, MaxContentInformation=1.0' }, FIRST],
    [
      'version 2.0 alone',
      { 'x-p2p-peerdistex': 'MinContentInformation=2.0, MaxContentInformation=2.0' },
      { ...BOTH, minVersion: 2 },
    ],
    [
      'up to a version that is none',
      { 'x-p2p-peerdistex': 'MinContentInformation=1.0, MaxContentInformation=1.5' },
      FIRST,
    ],
    [
      'from a version that is none',
      { 'x-p2p-peerdistex': 'MinContentInformation=1.5, MaxContentInformation=2.0' },
      { ...BOTH, minVersion: 2 },
    ],
    ['no extension', {}, FIRST],
    ['an extension without the pair', { 'x-p2p-peerdistex': 'HashRequest=true' }, FIRST],
    ['a client of Windows 7', { 'x-p2p-peerdist': 'Version=1.0' }, { ...FIRST, client: '1.0' }],
    ['a later minor version', { 'x-p2p-peerdist': 'Version=1.23', 'x-p2p-peerdistex': PAIR }, BOTH],
    [
      'an extension of a client of 1.0',
      { 'x-p2p-peerdist': 'Version=1.0', 'x-p2p-peerdistex': PAIR },
      { ...BOTH, client: '1.0' },
    ],
    ['no missing data', { 'x-p2p-peerdist': 'Version=1.1, MissingDataRequest=false' }, FIRST],
    ['a weight', { 'accept-encoding': 'gzip;q=0.5, PeerDist;q=0.1' }, FIRST],
    [
      'a hash request without Accept-Encoding',
      { 'accept-encoding': undefined, 'x-p2p-peerdistex': `${PAIR}, HashRequest=true` },
      BOTH,
    ],
  ])('%s', (_title, headers, expected) => {
    expect(offer(headers)).toEqual(expected);
  });

  test.each([
    ['peerdist is not accepted', { 'accept-encoding': 'gzip, deflate' }],
    ['there is no Accept-Encoding', { 'accept-encoding': undefined }],
    ['peerdist has the weight 0', { 'accept-encoding': 'peerdist;q=0' }],
    ['peerdist has the weight 0.000', { 'accept-encoding': 'peerdist; q=0.000' }],
    ['everything is accepted', { 'accept-encoding': '*' }],
    ['there is no version', { 'x-p2p-peerdist': undefined }],
    ['the version is none', { 'x-p2p-peerdist': 'Version=1' }],
    ['the version has a blank', { 'x-p2p-peerdist': 'Version=1 .1' }],
    ['the major version is another', { 'x-p2p-peerdist': 'Version=999.999' }],
    ['the major version is 0', { 'x-p2p-peerdist': 'Version=0.1' }],
    ['data is missing', { 'x-p2p-peerdist': 'Version=1.1, MissingDataRequest=true' }],
    ['data is missing, without a blank', { 'x-p2p-peerdist': 'Version=1.0,MissingDataRequest=true' }],
    ['MissingDataRequest is neither true nor false', { 'x-p2p-peerdist': 'Version=1.1, MissingDataRequest=maybe' }],
    ['MissingDataRequest has no value', { 'x-p2p-peerdist': 'Version=1.1, MissingDataRequest' }],
    [
      'the versions are out of reach',
      { 'x-p2p-peerdistex': 'MinContentInformation=900.0, MaxContentInformation=999.0' },
    ],
    ['the newest is out of reach', { 'x-p2p-peerdistex': 'MinContentInformation=1.0, MaxContentInformation=3.0' }],
    ['the oldest is out of reach', { 'x-p2p-peerdistex': 'MinContentInformation=0.9, MaxContentInformation=2.0' }],
    ['the pair is reversed', { 'x-p2p-peerdistex': 'MinContentInformation=2.0, MaxContentInformation=1.0' }],
    ['no version is within', { 'x-p2p-peerdistex': 'MinContentInformation=1.2, MaxContentInformation=1.5' }],
    ['half of the pair is missing', { 'x-p2p-peerdistex': 'MinContentInformation=1.0' }],
    ['the pair can’t be read', { 'x-p2p-peerdistex': 'MinContentInformation=one, MaxContentInformation=2.0' }],
  ])('the answer is plain where %s', (_title, headers) => {
    expect(offer(headers)).toBeUndefined();
  });

  test('several lines of a header are one list', () => {
    const lines = {
      'x-p2p-peerdistex': PAIR.split(', '),
      'x-p2p-peerdist': ['Version=1.1'],
      'accept-encoding': ['gzip', 'peerdist'],
    };
    expect(readOffer(lines, { withoutVersion: 'plain' })).toEqual(BOTH);
  });

  test('without a version it is a client of 1.0 where that is the reading', () => {
    expect(readOffer(accepting, { withoutVersion: '1.0' })).toEqual({ ...FIRST, client: '1.0' });
  });
});

describe('what is sent', () => {
  test('has the published spelling', () => {
    expect(OFFER).toEqual({ 'x-p2p-peerdist': 'Version=1.1', 'x-p2p-peerdistex': PAIR });
    expect(HASH_REQUEST).toEqual({ 'x-p2p-peerdist': 'Version=1.1', 'x-p2p-peerdistex': `${PAIR}, HashRequest=true` });
    expect(MISSING_DATA_REQUEST).toEqual({
      'x-p2p-peerdist': 'Version=1.1, MissingDataRequest=true',
      'x-p2p-peerdistex': PAIR,
    });
    expect(MAKE_HASH_REQUEST).toEqual({ 'x-p2p-peerdist': 'Version=1.1', 'x-p2p-peerdistex': 'MakeHashRequest=true' });
    expect(contentInformationHeaders({ client: '1.1', minVersion: 1, maxVersion: 2 }, 184_946)).toEqual({
      'content-encoding': 'peerdist',
      'x-p2p-peerdist': 'Version=1.1, ContentLength=184946',
    });
    expect(contentInformationHeaders({ client: '1.0', minVersion: 1, maxVersion: 1 }, 1)).toMatchObject({
      'x-p2p-peerdist': 'Version=1.0, ContentLength=1',
    });
  });
});

describe('what an answer says', () => {
  test.each([
    [
      'content information',
      { 'content-encoding': 'peerdist', 'x-p2p-peerdist': 'Version=1.1, ContentLength=184946' },
      { peerdist: true, inner: [] },
    ],
    ['in the spelling of the examples', { 'content-encoding': 'PeerDist' }, { peerdist: true, inner: [] }],
    ['of a coded content', { 'content-encoding': 'gzip, peerdist' }, { peerdist: true, inner: ['gzip'] }],
    ['coded content information, which nobody may send', { 'content-encoding': 'peerdist, gzip' }, { peerdist: false }],
    ['plain', {}, { peerdist: false, inner: [], makeHashRequest: false }],
    [
      'not yet',
      { 'x-p2p-peerdist': 'Version=1.1', 'x-p2p-peerdistex': 'MakeHashRequest=true' },
      { peerdist: false, makeHashRequest: true },
    ],
    ['not yet, with a leading comma', { 'x-p2p-peerdistex': ', MakeHashRequest=true' }, { makeHashRequest: true }],
  ])('%s', (_title, headers, expected) => {
    expect(readCoding(headers)).toMatchObject(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { type CertificateContent, decodeCertificate, signCertificate } from '#fallback/certificates/certificate';
import { packCertificates, unpackCertificates } from '#fallback/certificates/certificate-bag';
import { issueIdentityCertificate } from '#fallback/certificates/identity-certificate';
import { authorityOf, readPrivateKey } from '#fallback/certificates/rsa-key';
import { subjectPeerName, validateIdc } from '#fallback/certificates/validate-certificate';
import { DecodeError } from '#fallback/wire/decode-error';
import { filetimeFromDate } from '#fallback/wire/filetime';
import { Readings } from '#fallback/wire/readings';
import { memberKey, NOW, seeded, vectors, work } from '../identity/host-double.ts';

const { member } = vectors;
const privateKey = memberKey();
const publicKey = readPrivateKey(privateKey)?.publicKey ?? new Uint8Array();
const START = filetimeFromDate(new Date('2024-01-01T00:00:00Z'));
const serial = Buffer.from('2203030303030303030303030303030f', 'hex');

function issue(readings: Record<string, string> = {}, friendlyName = 'Member') {
  const random = { bytes: () => serial, below: () => 0x21 };
  const { peerName, hostName } = member;
  const options = { peerName, hostName, friendlyName, privateKey, publicKey, now: START };
  return issueIdentityCertificate(options, { work, random }, new Readings(readings));
}

const hexOf = async (bytes: Promise<Uint8Array>) => Buffer.from(await bytes).toString('hex');

describe('identity certificate', () => {
  it('is the one of the vector, byte for byte', async () => {
    expect(await hexOf(issue())).toBe(member.certificate);
  });

  it('has the authority of the bare RSAPublicKey', () => {
    expect(member.peerName).toBe(`${authorityOf(publicKey)}.Member`);
    expect(member.wrongAuthorities).not.toContain(authorityOf(publicKey));
  });

  it('draws serial numbers of 16 octets that stay positive and minimal', async () => {
    const random = { bytes: () => new Uint8Array(16).fill(0xff), below: (bound: number) => bound - 1 };
    const { peerName, hostName } = member;
    const options = { peerName, hostName, friendlyName: 'x', privateKey, publicKey, now: START };
    const der = await issueIdentityCertificate(options, { work, random }, new Readings());
    expect(Buffer.from(decodeCertificate(der).serial).toString('hex')).toBe(`7f${'ff'.repeat(15)}`);
  });

  it('comes back as it was written', async () => {
    const decoded = decodeCertificate(Buffer.from(member.certificate, 'hex'));
    expect(decoded).toMatchObject({ version: 3, issuer: 'Member', subject: 'Member', hasUniqueIds: false });
    expect(decoded.notAfter.toISOString()).toBe('3024-01-01T00:00:00.000Z');
    expect(subjectPeerName(decoded)).toBe(member.peerName);
    expect(await validateIdc(decoded, NOW, work)).toBeUndefined();
  });
});

describe('readings', () => {
  const named = Buffer.from(member.peerName).toString('hex');

  it.each([
    ['certificates.name-string', 'utf8', `a0310c2f${named}`],
    ['certificates.name-string', 'ia5', `a031162f${named}`],
    ['certificates.name-string', 'bmp', 'a0601e5e00330062'],
    ['certificates.alt-names', '2.5.29.7', '304a0603551d07'],
    ['certificates.alt-names', '2.5.29.17', '3081850603551d11047e307c'],
    ['certificates.flags', 'critical', '3017060a2b0601040182372c02020101ff0406040400000000'],
    ['certificates.flags', 'not-critical', '3014060a2b0601040182372c02020406040400000000'],
    ['certificates.name-type', 'printable-or-bmp', '0603550403130'],
    ['certificates.name-type', 'utf8', '06035504030c06'],
    ['certificates.usage-critical', 'no', '301f0603551d250418'],
    ['certificates.usage-critical', 'yes', '30220603551d250101ff0418'],
  ])('reading %s = %s', async (id, candidate, bytes) => {
    const der = await issue({ [id]: candidate });
    expect(Buffer.from(der).toString('hex')).toContain(bytes);
    const decoded = decodeCertificate(der);
    expect(subjectPeerName(decoded)).toBe(member.peerName);
    expect(await validateIdc(decoded, NOW, work)).toBeUndefined();
  });

  it('reading certificates.flags = absent', async () => {
    const der = await issue({ 'certificates.flags': 'absent' });
    expect(Buffer.from(der).toString('hex')).not.toContain('2b0601040182372c0202');
    expect(await validateIdc(decodeCertificate(der), NOW, work)).toBeUndefined();
  });

  it('writes friendly names outside PrintableString as BMPString', async () => {
    expect(await hexOf(issue({}, 'a_b'))).toContain('06035504031e060061005f0062');
    expect(decodeCertificate(await issue({}, 'Zoë 😀')).subject).toBe('Zoë 😀');
  });
});

describe('bag of certificates', () => {
  it('has the shape that Windows writes', () => {
    const bag = packCertificates([Buffer.from(member.certificate, 'hex')]);
    expect(Buffer.from(bag).toString('hex')).toBe(member.bag);
  });

  it('keeps the certificates and their order', () => {
    const chain = Buffer.from(vectors.group.chain, 'hex');
    const certificates = unpackCertificates(chain);
    expect(certificates).toHaveLength(3);
    expect(Buffer.from(certificates[2] ?? []).toString('hex')).toBe(vectors.group.member);
    expect(Buffer.from(packCertificates(certificates)).equals(chain)).toBe(true);
  });

  const der = member.certificate;
  const tlv = (tag: string, content: string) => {
    const length = (content.length / 2).toString(16).padStart(4, '0');
    return `${tag}82${length}${content}`;
  };
  const signedData = (content: string) => tlv('30', `06092a864886f70d010702${tlv('a0', tlv('30', content))}`);
  const data = '06092a864886f70d010701';

  it.each([
    ['empty revocation lists', signedData(`0201013100300b${data}${tlv('a0', der)}a1003100`)],
    ['an explicit empty content', signedData(`0201013100300f${data}a0020400${tlv('a0', der)}3100`)],
    ['indefinite lengths', `308006092a864886f70d010702a08030800201013100300b${data}a080${der}00003100000000000000`],
    ['a bare certificate', der],
  ])('reads %s', (_what, hex) => {
    const [only, ...rest] = unpackCertificates(Buffer.from(hex, 'hex'));
    expect(rest).toEqual([]);
    expect(Buffer.from(only ?? []).toString('hex')).toBe(der);
  });

  it('refuses what has anything behind its end', () => {
    const chain = Buffer.from(vectors.group.chain, 'hex');
    for (const more of ['00', '0000', '0500', der]) {
      for (const [read, whole] of [
        [unpackCertificates, chain],
        [decodeCertificate, Buffer.from(der, 'hex')],
      ] as const) {
        expect(() => read(Buffer.concat([whole, Buffer.from(more, 'hex')]))).toThrow(DecodeError);
      }
    }
  });

  it('refuses a bag without certificates and one with 26', () => {
    const many = packCertificates(Array.from({ length: 26 }, () => Buffer.from(der, 'hex')));
    expect(() => unpackCertificates(packCertificates([]))).toThrow(DecodeError);
    expect(() => unpackCertificates(many)).toThrow(DecodeError);
  });
});

describe('validation', () => {
  const good = decodeCertificate(Buffer.from(member.certificate, 'hex'));

  async function faultOf(change: Partial<CertificateContent>): Promise<string | undefined> {
    const der = await signCertificate({ ...good, ...change }, privateKey, work, new Readings());
    return validateIdc(decodeCertificate(der), NOW, work);
  }

  const without = (oid: string) => good.extensions.filter((extension) => extension.oid !== oid);
  const replaced = (oid: string, value: string) =>
    good.extensions.map((each) => (each.oid === oid ? { ...each, value: Buffer.from(value, 'hex') } : each));

  it.each<[string, Partial<CertificateContent>, string | undefined]>([
    ['nothing', {}, undefined],
    ['a number in place of the nested one', { extensions: replaced('1.3.6.1.4.1.311.44.0.1', '03000000') }, undefined],
    ['no version', { extensions: without('1.3.6.1.4.1.311.44.0.4') }, undefined],
    [
      'a bare string for the name',
      { extensions: replaced('2.5.29.7', `0c2f${Buffer.from(member.peerName).toString('hex')}`) },
      undefined,
    ],
    [
      'a terminator after the name',
      { extensions: replaced('2.5.29.7', `0c30${Buffer.from(member.peerName).toString('hex')}00`) },
      undefined,
    ],
    ['a short serial number', { serial: Uint8Array.of(1, 2) }, 'the serial number has 2 bytes'],
    ['another issuer', { issuer: 'Somebody' }, 'the certificate is not its own issuer'],
    [
      'a long friendly name',
      { issuer: 'x'.repeat(256), subject: 'x'.repeat(256) },
      'the friendly name of the issuer is too long',
    ],
    ['a start to come', { notBefore: new Date('2027-01-01T00:00:00Z') }, 'the certificate is not valid yet'],
    ['an end gone by', { notAfter: new Date('2025-01-01T00:00:00Z') }, 'the certificate has expired'],
    [
      'another kind',
      { extensions: replaced('1.3.6.1.4.1.311.44.0.1', '040402000000') },
      'the certificate is not that of an identity',
    ],
    [
      'another version',
      { extensions: replaced('1.3.6.1.4.1.311.44.0.4', '040402000000') },
      'the certificate follows an unknown version of the profile',
    ],
    ['flags', { extensions: replaced('1.3.6.1.4.1.311.44.2.2', '040401000000') }, 'the identity flags are not zero'],
    ['no name', { extensions: without('2.5.29.7') }, 'the certificate holds no peer name'],
    [
      'an unsecured name',
      { extensions: replaced('2.5.29.7', '0c06302e74657374') },
      'the peer name does not belong to the public key',
    ],
    ['no key usage', { extensions: without('2.5.29.37') }, 'the key is not meant for authentication between peers'],
    [
      'one usage',
      { extensions: replaced('2.5.29.37', '300a06082b06010505070301') },
      'the key is not meant for authentication between peers',
    ],
    [
      'an extension twice',
      { extensions: [...good.extensions, ...good.extensions.slice(0, 1)] },
      'an extension occurs twice',
    ],
    [
      'a critical stranger',
      { extensions: [...good.extensions, { oid: '2.5.29.19', critical: true, value: Buffer.from('3000', 'hex') }] },
      'the critical extension 2.5.29.19 is unknown',
    ],
    [
      'a stranger',
      { extensions: [...good.extensions, { oid: '2.5.29.19', critical: false, value: Buffer.from('3000', 'hex') }] },
      undefined,
    ],
  ])('with %s', async (_what, change, fault) => {
    expect(await faultOf(change)).toBe(fault);
  });

  it("refuses another key's name, signature and certificate", async () => {
    const other = decodeCertificate(Buffer.from(vectors.creator.certificate, 'hex'));
    const borrowed = await signCertificate({ ...good, extensions: other.extensions }, privateKey, work, new Readings());
    expect(await validateIdc(decodeCertificate(borrowed), NOW, work)).toBe(
      'the peer name does not belong to the public key',
    );
    const unsigned = Buffer.from(member.certificate, 'hex');
    unsigned[unsigned.length - 1] = (unsigned.at(-1) ?? 0) ^ 1;
    expect(await validateIdc(decodeCertificate(unsigned), NOW, work)).toBe(
      'the signature of the certificate does not verify',
    );
    const root = decodeCertificate(Buffer.from(vectors.group.root, 'hex'));
    expect(await validateIdc(root, NOW, work)).toBe('the critical extension 1.3.6.1.4.1.311.44.3.1 is unknown');
  });
});

describe('mutated certificates and bags', () => {
  it('give a value or a DecodeError', async () => {
    const random = seeded(11);
    for (const hex of [member.certificate, member.bag]) {
      const original = Buffer.from(hex, 'hex');
      for (let run = 0; run < 250; run++) {
        const bytes = Buffer.from(original);
        for (let change = random.below(3); change >= 0; change--) bytes[random.below(bytes.length)] = random.below(256);
        const cut = random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
        try {
          for (const der of unpackCertificates(cut)) {
            const decoded = decodeCertificate(der);
            const believed = (await validateIdc(decoded, NOW, work)) === undefined;
            if (believed) expect(original.indexOf(Buffer.from(decoded.signed))).toBeGreaterThan(0);
          }
        } catch (error) {
          expect(error, `run ${run}`).toBeInstanceOf(DecodeError);
        }
      }
    }
  });

  it('refuses deep nesting and many elements at once', () => {
    const deep = Buffer.from('3080'.repeat(50_000), 'hex');
    expect(() => decodeCertificate(deep)).toThrow(DecodeError);
    const wide = Buffer.from(`3083030d40${'0500'.repeat(100_000)}`, 'hex');
    expect(() => decodeCertificate(wide)).toThrow(DecodeError);
  });
});

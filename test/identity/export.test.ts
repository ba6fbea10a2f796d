import { describe, expect, it } from 'vitest';
import { decodeEither, encodeOnce, encodeTwice } from '#fallback/identity/base64-text';
import {
  formatIdentityExport,
  formatIdentityInfo,
  readIdentityExport,
  readIdentityInfo,
} from '#fallback/identity/identity-xml';
import { encryptWithPassword } from '#fallback/identity/password-encryption';
import { openPfx, sealPfx } from '#fallback/identity/pfx';
import { decryptRc2, encryptRc2 } from '#fallback/identity/rc2';
import { DecodeError } from '#fallback/wire/decode-error';
import { Readings } from '#fallback/wire/readings';
import { memberKey, seeded, vectors } from './host-double.ts';

const { member } = vectors;
const certificate = Buffer.from(member.certificate, 'hex');
const contents = { certificate, privateKey: memberKey() };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('PEERIDENTITYINFO', () => {
  it('is the one of the vector', () => {
    expect(formatIdentityInfo(certificate, new Readings())).toBe(member.info);
    expect(hex(readIdentityInfo(member.info))).toBe(member.certificate);
  });

  it.each(['once', 'twice'])('reading identity.xml-base64 = %s', (candidate) => {
    const xml = formatIdentityInfo(certificate, new Readings({ 'identity.xml-base64': candidate }));
    expect(xml.startsWith('<PEERIDENTITYINFO VERSION="1.0"><IDC xmlns:dt="urn:')).toBe(true);
    expect(/bin.base64">TQBJAE/.test(xml)).toBe(candidate === 'twice');
    expect(hex(readIdentityInfo(xml))).toBe(member.certificate);
  });

  it('bears a byte order mark, a declaration and blanks', () => {
    const [before, after] = member.info.split('><IDC');
    const spaced = `\ufeff<?xml version="1.0"?>\r\n ${before}>\n  <IDC${after?.replace('MIIC', ' MI\r\n\tIC ')}\n`;
    expect(hex(readIdentityInfo(spaced))).toBe(member.certificate);
  });

  it.each([
    ['a DOCTYPE', `<!DOCTYPE PEERIDENTITYINFO [<!ENTITY a "b">]>${member.info}`],
    ['another version', member.info.replace('"1.0"', '"1.1"')],
    ['another root', member.info.replaceAll('PEERIDENTITYINFO', 'PEERINVITATION')],
    ['two certificates elements', member.info.replace('</PEER', '<IDC></IDC></PEER')],
    ['an element inside', member.info.replace('</IDC>', '<b/></IDC>')],
    ['what is no Base64', member.info.replace('MIIC', 'MI*C')],
    ['an open element', member.info.replace('</IDC>', '')],
    ['depth', `${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`],
    ['size', `${member.info}${' '.repeat(1 << 18)}`],
    ['nothing', ''],
    ['no XML', 'certificate'],
  ])('refuses %s', (_what, xml) => {
    expect(() => readIdentityInfo(xml)).toThrow(DecodeError);
  });
});

describe('PEERIDENTITYEXPORT', () => {
  const xml = formatIdentityExport(member.peerName, contents, 'secret', seeded(1), new Readings());

  it('opens the vector', () => {
    const opened = readIdentityExport(vectors.export.xml, vectors.export.password);
    expect(opened.peerName).toBe(member.peerName);
    expect(hex(opened.certificate)).toBe(member.certificate);
    expect(hex(opened.privateKey)).toBe(hex(contents.privateKey));
    expect(hex(openPfx(Buffer.from(vectors.export.pfx, 'hex'), 'password').certificate)).toBe(member.certificate);
  });

  it('has the form of the published sample', () => {
    const head = `<PEERIDENTITYEXPORT VERSION="1.0"><PEERNAME>${member.peerName}</PEERNAME><DATA xmlns:dt="urn:schemas-microsoft-com:datatypes" dt:dt="bin.base64">`;
    expect(xml.startsWith(head)).toBe(true);
    const lines = xml.slice(head.length, xml.indexOf('</DATA>')).split('\n');
    expect(lines.slice(0, -1).every((line) => line.length === 72)).toBe(true);
    const inner = Buffer.from(lines.join(''), 'base64').toString('utf16le');
    expect(
      inner
        .split('\r\n')
        .slice(0, -2)
        .every((line) => line.length === 64),
    ).toBe(true);
    expect(inner.endsWith('\r\n')).toBe(true);
  });

  it('reads the elements of the import page, and either end of the inner text', () => {
    const named = xml.replaceAll('PEERNAME>', 'IDENTITY>').replaceAll('DATA', 'IDENTITYDATA');
    expect(readIdentityExport(named, 'secret').peerName).toBe(member.peerName);
    const inner = encodeOnce(certificate);
    for (const end of ['', '\0', '\r\n', '\r\n\0']) {
      const outer = Buffer.from(inner + end, 'utf16le').toString('base64');
      expect(hex(decodeEither(outer, 'DATA'))).toBe(member.certificate);
    }
    expect(hex(decodeEither(encodeTwice(certificate), 'DATA'))).toBe(member.certificate);
  });

  it('keeps a peer name that XML has to escape', () => {
    const name = `${member.peerName} <&>\r\n"'é`;
    const text = formatIdentityExport(name, contents, 'secret', seeded(1), new Readings());
    expect(readIdentityExport(text, 'secret').peerName).toBe(name);
  });

  const algorithms = {
    '3des-rc2': ['060a2a864886f70d010c0103', '060a2a864886f70d010c0106', '06052b0e03021a0414'],
    '3des': ['060a2a864886f70d010c0103', '060a2a864886f70d010c0103', '06052b0e03021a0414'],
    aes: ['06092a864886f70d01050d', '060960864801650304012a', '06096086480165030402010420'],
  } as const;
  for (const [candidate, oids] of Object.entries(algorithms)) {
    it(`reading identity.export-ciphers = ${candidate}`, () => {
      const text = formatIdentityExport(
        member.peerName,
        contents,
        'pä ss',
        seeded(2),
        new Readings({ 'identity.export-ciphers': candidate }),
      );
      const pfx = hex(decodeEither(text.split('base64">')[1]?.split('<')[0] ?? '', 'DATA'));
      for (const oid of oids) expect(pfx).toContain(oid);
      expect(pfx.includes('010c0106')).toBe(candidate === '3des-rc2');
      expect(pfx).toContain('020207d0');
      expect(readIdentityExport(text, 'pä ss')).toEqual({
        peerName: member.peerName,
        certificate: Uint8Array.from(certificate),
        privateKey: contents.privateKey,
      });
      expect(() => readIdentityExport(text, 'pä sS')).toThrow(/password is wrong/);
    });
  }

  it('takes the salts from the host', () => {
    const sealed = (seed: number) => hex(sealPfx(contents, 'x', '3des-rc2', seeded(seed)));
    expect(sealed(1)).toBe(sealed(1));
    expect(sealed(1)).not.toBe(sealed(2));
  });

  it('refuses an iteration count that would hold up the process', () => {
    const pfx = hex(sealPfx(contents, 'x', '3des-rc2', seeded(1)));
    const end = pfx.lastIndexOf('020207d0');
    // Two bytes longer: the lengths of MacData and of the file grow with it.
    const macData = pfx.lastIndexOf('303b301f');
    expect(macData).toBeGreaterThan(0);
    const longer = `${pfx.slice(0, macData)}303d301f${pfx.slice(macData + 8, end)}02047fffffff`;
    const total = (Number.parseInt(pfx.slice(4, 8), 16) + 2).toString(16).padStart(4, '0');
    const bytes = Buffer.from(`3082${total}${longer.slice(8)}`, 'hex');
    expect(() => openPfx(bytes, 'x')).toThrow(/iterations.*2147483647/);
  });

  it('gives a value or a DecodeError for mutated text', () => {
    const random = seeded(23);
    const alphabet = 'ABMIQz09+/= <>&"\n';
    for (const original of [xml, vectors.export.xml]) {
      for (let run = 0; run < 40; run++) {
        const characters = [...original];
        for (let change = random.below(3); change >= 0; change--) {
          characters[random.below(characters.length)] = alphabet[random.below(alphabet.length)] ?? '';
        }
        const text = characters.slice(0, random.below(4) === 0 ? random.below(characters.length) : undefined).join('');
        expectValueOrDecodeError(() => readIdentityExport(text, 'secret'));
      }
    }
  });

  it('gives a value or a DecodeError for mutated files', () => {
    const random = seeded(29);
    const original = sealPfx(contents, 'x', '3des-rc2', seeded(1));
    for (let run = 0; run < 80; run++) {
      const bytes = Buffer.from(original);
      for (let change = random.below(2); change >= 0; change--) bytes[random.below(bytes.length)] = random.below(256);
      expectValueOrDecodeError(() =>
        openPfx(bytes.subarray(0, random.below(5) === 0 ? random.below(bytes.length) : undefined), 'x'),
      );
    }
  });
});

describe('RC2', () => {
  it.each([
    ['ffffffffffffffff', 'ffffffffffffffff', '278b27e42e2f0d49'],
    ['3000000000000000', '1000000000000001', '30649edf9be7d2c2'],
    ['88bca90e90875a7f0f79c384627bafb2', '0000000000000000', '2269552ab0f85ca6'],
  ])('encrypts as RFC 2268 section 5 says (%s)', (key, plain, encrypted) => {
    const bytes = encryptRc2(Buffer.from(key, 'hex'), new Uint8Array(8), Buffer.from(plain, 'hex'));
    expect(hex(bytes.subarray(0, 8))).toBe(encrypted);
  });

  it('gives back what it took', () => {
    const random = seeded(3);
    for (let length = 0; length < 40; length++) {
      const [key, iv, plain] = [random.bytes(5), random.bytes(8), random.bytes(length)];
      const encrypted = encryptRc2(key, iv, plain);
      expect(encrypted.length).toBe(8 * (Math.floor(length / 8) + 1));
      expect(hex(decryptRc2(key, iv, encrypted) ?? new Uint8Array(99))).toBe(hex(plain));
    }
  });

  it('says no to a wrong length', () => {
    expect(decryptRc2(new Uint8Array(5), new Uint8Array(8), new Uint8Array(7))).toBeUndefined();
    expect(decryptRc2(new Uint8Array(5), new Uint8Array(8), new Uint8Array(0))).toBeUndefined();
  });

  it('names the scheme that PKCS#12 gave it', () => {
    const { algorithm } = encryptWithPassword('rc2-40', 'x', Uint8Array.of(1), seeded(1));
    expect(algorithm.algorithm).toBe('1.2.840.113549.1.12.1.6');
  });
});

function expectValueOrDecodeError(run: () => unknown): void {
  try {
    expect(run()).toHaveProperty('certificate');
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}

import { spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openPfx, sealPfx } from '#fallback/identity/pfx';
import { encryptRc2 } from '#fallback/identity/rc2';
import { memberKey, seeded, start, vectors } from '../identity/host-double.ts';
import { suite } from '../needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'winpeer-openssl-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Standard output of the command; its complaint when it fails. */
function openssl(input: Uint8Array | undefined, ...given: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('openssl', given, {
    input: input ?? new Uint8Array(),
    maxBuffer: 1 << 20,
  });
  if (status !== 0) throw new Error(`openssl ${given.join(' ')}: ${stderr}`);
  return stdout;
}

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const certificate = Buffer.from(vectors.member.certificate, 'hex');
const contents = { certificate, privateKey: memberKey() };
const keyPem = createPrivateKey({ key: Buffer.from(contents.privateKey), format: 'der', type: 'pkcs8' })
  .export({ format: 'pem', type: 'pkcs8' })
  .toString();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

suite('openssl x509', ['openssl'], () => {
  it('shows an identity certificate with the extensions of the profile', async () => {
    const { identity } = await start();
    const name = await identity.create({ classifier: 'Member', friendlyName: 'Somebody' });
    const der = (await identity.signer(name)).certificate;
    const text = openssl(der, 'x509', '-inform', 'DER', '-noout', '-text').toString();
    expect(text).toContain('Version: 3 (0x2)');
    expect(text).toContain('Signature Algorithm: sha1WithRSAEncryption');
    expect(text).toMatch(/Issuer: CN ?= ?Somebody/);
    expect(text).toMatch(/Subject: CN ?= ?Somebody/);
    expect(text).toContain('Not Before: Jan  2 03:04:05 2026 GMT');
    expect(text).toContain('Not After : Jan  2 03:04:05 3026 GMT');
    expect(text).toContain('Public-Key: (1024 bit)');
    const headings = [...text.matchAll(/^ {12}(\S.*?): ?(critical)?$/gm)].map(
      ([, oid, critical]) => `${oid}${critical ? ' critical' : ''}`,
    );
    expect(headings).toEqual([
      '1.3.6.1.4.1.311.44.0.1 critical',
      '1.3.6.1.4.1.311.44.0.4 critical',
      '1.3.6.1.4.1.311.44.2.2 critical',
      '2.5.29.7',
      'X509v3 Subject Alternative Name',
      'X509v3 Extended Key Usage',
    ]);
    const host = `Member.${/^\d/.test(name) ? 'p' : ''}${name.slice(0, 40)}.pnrp.net`;
    expect(text).toContain(`DNS:${host}`);
    expect(text).toContain('1.3.6.1.4.1.311.44.3.4, TLS Web Server Authentication');
    const ascii = (value: string) => hex(Buffer.from(value));
    for (const bytes of [
      '3017060a2b0601040182372c00010101ff0406040403000000',
      '3017060a2b0601040182372c00040101ff0406040401000200',
      '3017060a2b0601040182372c02020101ff0406040400000000',
      `304a0603551d0704433041a03f060a2b0601040182372c0002a0310c2f${ascii(name)}`,
      `0603551d11`,
      `82${host.length.toString(16)}${ascii(host)}`,
      '301f0603551d2504183016060a2b0601040182372c030406082b06010505070301',
    ]) {
      expect(hex(der)).toContain(bytes);
    }
  });

  it('verifies the signature with the own key', async () => {
    const { identity } = await start();
    const der = (await identity.signer(null)).certificate;
    const pem = openssl(der, 'x509', '-inform', 'DER');
    const path = file('self.pem', pem);
    const { stdout, stderr } = spawnSync('openssl', [
      'verify',
      '-auth_level',
      '0',
      '-check_ss_sig',
      '-ignore_critical',
      '-no_check_time',
      '-CAfile',
      path,
      path,
    ]);
    expect(`${stdout}${stderr}`).toContain('OK');
  });

  it('finds the authority as SHA-1 of the RSAPublicKey', async () => {
    const { identity } = await start();
    const name = await identity.create({});
    const { tlsPrivateKey } = await identity.signer(name);
    const publicKey = openssl(await tlsPrivateKey(), 'rsa', '-inform', 'DER', '-RSAPublicKey_out', '-outform', 'DER');
    const digest = openssl(publicKey, 'sha1').toString().trim().split(/\s+/).at(-1);
    expect(name).toBe(`${digest}.`);
  });

  it('reads the bag of a PEERIDENTITYINFO', async () => {
    const listed = openssl(
      Buffer.from(vectors.member.bag, 'hex'),
      'pkcs7',
      '-inform',
      'DER',
      '-print_certs',
    ).toString();
    expect(listed).toContain('-----BEGIN CERTIFICATE-----');
    const { identity } = await start();
    const xml = await identity.getXml(null);
    const bag = Buffer.from(xml.split('base64">')[1]?.split('<')[0] ?? '', 'base64');
    expect(openssl(bag, 'pkcs7', '-inform', 'DER', '-print_certs').toString()).toContain(await identity.getDefault());
  });
});

suite('openssl enc', ['openssl'], () => {
  it('encrypts with RC2 of 40 bits as we do', () => {
    const random = seeded(41);
    // A key touches about half of the table, so that a few together touch all of it.
    for (let run = 0; run < 16; run++) {
      const [key, iv, plain] = [random.bytes(5), random.bytes(8), random.bytes(run)];
      const options = ['-K', hex(key), '-iv', hex(iv), '-provider', 'legacy', '-provider', 'default'];
      expect(hex(encryptRc2(key, iv, plain))).toBe(hex(openssl(plain, 'enc', '-rc2-40-cbc', ...options)));
    }
  });
});

suite('openssl pkcs12', ['openssl'], () => {
  it.each([
    ['3des-rc2', ['-legacy']],
    ['3des', []],
    ['aes', []],
  ] as const)('opens what %s seals', (ciphers, options) => {
    const path = file(`${ciphers}.pfx`, sealPfx(contents, 'pass wörd', ciphers, seeded(1)));
    const text = openssl(
      undefined,
      'pkcs12',
      '-in',
      path,
      '-passin',
      'pass:pass wörd',
      '-nodes',
      ...options,
    ).toString();
    expect(text).toContain('localKeyID: 01 00 00 00');
    expect(text.replace(/\s/g, '')).toContain(keyPem.replace(/\s/g, ''));
    const pem = /-----BEGIN CERTIFICATE[\s\S]*END CERTIFICATE-----/.exec(text)?.[0] ?? '';
    expect(hex(openssl(Buffer.from(pem), 'x509', '-outform', 'DER'))).toBe(vectors.member.certificate);
  });

  const sealed: [string, string[]][] = [
    ['-legacy', ['-legacy']],
    ['3DES', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['AES', []],
    [
      'AES-128 with many iterations',
      ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC', '-iter', '20000', '-macalg', 'sha512'],
    ],
  ];
  it.each(sealed)('seals with %s what we open', (_what, options) => {
    const key = file('key.pem', keyPem);
    const cert = file('certificate.pem', openssl(certificate, 'x509', '-inform', 'DER'));
    const path = join(folder, 'sealed.pfx');
    openssl(
      undefined,
      'pkcs12',
      '-export',
      '-inkey',
      key,
      '-in',
      cert,
      '-name',
      'x',
      '-out',
      path,
      '-passout',
      'pass:pass wörd',
      ...options,
    );
    const opened = openPfx(readFileSync(path), 'pass wörd');
    expect(hex(opened.certificate)).toBe(vectors.member.certificate);
    expect(hex(opened.privateKey)).toBe(hex(contents.privateKey));
    expect(() => openPfx(readFileSync(path), 'pass word')).toThrow(/password is wrong/);
  });
});

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { issueIdentityCertificate } from '#fallback/certificates/identity-certificate';
import { authorityOf } from '#fallback/certificates/rsa-key';
import { Readings } from '#fallback/wire/readings';
import type { Credentials, Host } from '#lib/backend/contract/host';

/** A fresh identity's credentials: RSA-1024, signed with SHA-1. */
export async function identityCredentials(
  host: Host,
  versions: Pick<Credentials, 'minVersion' | 'maxVersion'>,
): Promise<Credentials> {
  const privateKey = await host.awaited(host.work.generateKey(1024));
  const publicKey = publicKeyOf(privateKey);
  const names = { peerName: authorityOf(publicKey), hostName: 'peer.pnrp.net', friendlyName: 'peer' };
  const content = { ...names, privateKey, publicKey, now: host.clock.filetime() };
  const certificate = await host.awaited(issueIdentityCertificate(content, host, new Readings()));
  return { privateKey, certificates: [certificate], ...versions };
}

/** RSAPublicKey, DER. */
export function publicKeyOf(pkcs8: Uint8Array): Uint8Array {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  return createPublicKey(privateKey).export({ format: 'der', type: 'pkcs1' });
}

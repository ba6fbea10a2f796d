import { createPrivateKey } from 'node:crypto';
import type { Identity } from 'winpeer/identity';
import { privateKeyBlob, readPrivateKeyBlob } from '../key-blob.mjs';
import type { Part, System } from './model.ts';

interface Named {
  /** Null is the default one. */
  readonly pwzIdentity: string | null;
}

const of = ({ platform }: System, { pwzIdentity }: Named): Promise<Identity> =>
  pwzIdentity === null ? platform.identity.default() : platform.identity.get(pwzIdentity);

const pairOf = ({ peerName, friendlyName }: { readonly peerName: string; readonly friendlyName: string }) => ({
  pwzPeerName: peerName,
  pwzFriendlyName: friendlyName,
});

const PKCS8 = { format: 'der', type: 'pkcs8' } as const;

/** The Identity Manager of p2p.dll. */
export const IDENTITY: Part = {
  async PeerIdentityCreate(
    { platform },
    given: { readonly pwzClassifier: string | null; readonly pwzFriendlyName: string | null },
    { secrets: { hCryptProv } },
  ) {
    const { peerName } = await platform.identity.create({
      ...(given.pwzClassifier === null ? {} : { classifier: given.pwzClassifier }),
      ...(given.pwzFriendlyName === null ? {} : { friendlyName: given.pwzFriendlyName }),
      ...(hCryptProv === undefined ? {} : { privateKey: readPrivateKeyBlob(hCryptProv).export(PKCS8) }),
    });
    return { ppwzIdentity: peerName };
  },
  async PeerIdentityDelete(system, named: Named) {
    await (await of(system, named)).delete();
    return {};
  },
  async PeerIdentityGetFriendlyName(system, named: Named) {
    return { ppwzFriendlyName: (await of(system, named)).friendlyName };
  },
  async PeerIdentitySetFriendlyName(system, named: Named & { readonly pwzFriendlyName: string }) {
    await (await of(system, named)).rename(named.pwzFriendlyName);
    return {};
  },
  async PeerIdentityGetCryptKey(system, named: Named) {
    const key = Buffer.from(await (await (await of(system, named)).signer()).tlsPrivateKey());
    return { phCryptProv: privateKeyBlob(createPrivateKey({ key, ...PKCS8 })).toString('hex') };
  },
  async PeerIdentityGetXML(system, named: Named) {
    return { ppwzIdentityXML: await (await of(system, named)).toXml() };
  },
  async PeerIdentityExport(system, named: Named & { readonly pwzPassword: string }) {
    return { ppwzExportXML: await (await of(system, named)).export({ password: named.pwzPassword }) };
  },
  async PeerIdentityImport({ platform }, given: { readonly pwzImportXML: string; readonly pwzPassword: string }) {
    const { peerName } = await platform.identity.import(given.pwzImportXML, { password: given.pwzPassword });
    return { ppwzIdentity: peerName };
  },
  async PeerIdentityGetDefault({ platform }) {
    return { ppwzPeerName: (await platform.identity.default()).peerName };
  },
  async PeerEnumIdentities({ platform }) {
    return { phPeerEnum: (await platform.identity.list()).map(pairOf) };
  },
  async PeerEnumGroups(system, named: Named) {
    return { phPeerEnum: (await (await of(system, named)).groups()).map(pairOf) };
  },
};

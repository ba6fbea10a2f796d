import type { RegistrationInfo } from 'winpeer/pnrp';
import type { Part, System } from './model.ts';
import { readSocketAddress, socketAddress } from './socket-address.ts';

/** PEER_PNRP_REGISTRATION_INFO. Without a list the addresses are automatic. */
interface Info {
  readonly pwzCloudName: string | null;
  readonly pwzPublishingIdentity: string | null;
  readonly ppAddresses: readonly string[] | null;
  readonly wPort: number;
  readonly pwzComment: string | null;
  readonly payload: string | null;
}

/** PNRP_SCOPE. */
const SCOPES = { global: 1, 'site-local': 2, 'link-local': 3 } as const;

function infoOf(info: Info): RegistrationInfo {
  return {
    ...(info.pwzCloudName === null ? {} : { cloud: info.pwzCloudName }),
    ...(info.pwzPublishingIdentity === null ? {} : { identity: info.pwzPublishingIdentity }),
    ...(info.ppAddresses === null ? {} : { addresses: info.ppAddresses.map(readSocketAddress) }),
    ...(info.wPort === 0 ? {} : { port: info.wPort }),
    ...(info.pwzComment === null ? {} : { comment: info.pwzComment }),
    ...(info.payload === null ? {} : { payload: Buffer.from(info.payload, 'hex') }),
  };
}

const registration = ({ registrations }: System, number: number | undefined) => {
  const known = registrations[number ?? -1];
  if (known === undefined) throw new Error(`no registration ${number}`);
  return known;
};

/** PNRP of p2p.dll; what a search found before it was told of is drawn by PeerPnrpGetEndpoint. */
export const PNRP: Part = {
  async PeerPnrpGetCloudInfo({ platform }) {
    const clouds = await platform.pnrp.clouds();
    const infos = clouds.map((it) => ({
      pwzCloudName: it.name,
      dwScope: SCOPES[it.scope],
      dwScopeId: it.scopeId,
    }));
    return { ppCloudInfo: infos };
  },
  async PeerPnrpRegister(
    { platform, registrations },
    given: { readonly pcwzPeerName: string; readonly pRegistrationInfo: Info | null },
  ) {
    const info = given.pRegistrationInfo === null ? {} : infoOf(given.pRegistrationInfo);
    const made = await platform.pnrp.register(given.pcwzPeerName, info);
    return { phRegistration: registrations.push(made) - 1 };
  },
  async PeerPnrpUpdateRegistration(system, given: { readonly pRegistrationInfo: Info }, { handles }) {
    await registration(system, handles.hRegistration).update(infoOf(given.pRegistrationInfo));
    return {};
  },
  async PeerPnrpUnregister(system, _given, { handles }) {
    await registration(system, handles.hRegistration).unregister();
    return {};
  },
  async PeerPnrpStartResolve(
    { platform },
    given: { readonly pcwzPeerName: string; readonly pcwzCloudName: string | null; readonly cMaxEndpoints: number },
  ) {
    const { endpoints } = await platform.pnrp.resolve(given.pcwzPeerName, {
      ...(given.pcwzCloudName === null ? {} : { cloud: given.pcwzCloudName }),
      max: given.cMaxEndpoints,
    });
    const found = endpoints.map(({ peerName, addresses, comment, payload }) => ({
      pwzPeerName: peerName,
      ppAddresses: addresses.map(socketAddress),
      ...(comment === undefined ? {} : { pwzComment: comment }),
      ...(payload === undefined ? {} : { payload: Buffer.from(payload).toString('hex') }),
    }));
    return { phResolve: found };
  },
};

import { isPeerError } from '../../errors.js';
import type { Addon } from './addon.js';
import type { DistributionCalls } from './distribution-calls.js';
import { distributionCalls } from './distribution-errors.js';
import { statusOf } from './distribution-status.js';
import { missing, type Refusal, refused } from './probe.js';

const DLL = 'peerdist.dll';

const EXPORTS: readonly string[] = [
  'PeerDistStartup',
  'PeerDistShutdown',
  'PeerDistGetStatus',
  'PeerDistGetStatusEx',
  'PeerDistRegisterForStatusChangeNotificationEx',
  'PeerDistUnregisterForStatusChangeNotification',
  'PeerDistGetOverlappedResult',
  'PeerDistServerPublishStream',
  'PeerDistServerPublishAddToStream',
  'PeerDistServerPublishCompleteStream',
  'PeerDistServerCloseStreamHandle',
  'PeerDistServerUnpublish',
  'PeerDistServerOpenContentInformation',
  'PeerDistServerOpenContentInformationEx',
  'PeerDistServerRetrieveContentInformation',
  'PeerDistServerCloseContentInformation',
  'PeerDistServerCancelAsyncOperation',
  'PeerDistClientOpenContent',
  'PeerDistClientCloseContent',
  'PeerDistClientAddContentInformation',
  'PeerDistClientCompleteContentInformation',
  'PeerDistClientAddData',
  'PeerDistClientBlockRead',
  'PeerDistClientStreamRead',
  'PeerDistClientFlushContent',
  'PeerDistClientCancelAsyncOperation',
  'PeerDistClientGetInformationByHandle',
];

/** PEERDIST_VERSION: of Windows 8, which has all of the exports. */
export const VERSION = 2;

/** Why Windows can't distribute contents here; `undefined` where it can, or could if its service were there. */
export async function probeDistribution(addon: Addon & DistributionCalls): Promise<Refusal | undefined> {
  const lacking = missing(addon, DLL, EXPORTS);
  if (lacking !== undefined) return lacking;
  try {
    const status = await distributionCalls(async () => {
      const { instance } = await addon.PeerDistStartup(VERSION);
      try {
        return await addon.PeerDistGetStatus(instance);
      } finally {
        await addon.PeerDistShutdown(instance);
      }
    });
    if (statusOf(status) !== 'disabled') return undefined;
    const detail = 'BranchCache is not enabled on this Windows: Enable-BCDistributed and Enable-BCHostedClient do it';
    return { reason: 'service-disabled', detail };
  } catch (error) {
    if (!isPeerError(error, 'ERROR_ACCESS_DISABLED_BY_POLICY')) return refused(error);
    return { reason: 'service-disabled', detail: error.message };
  }
}

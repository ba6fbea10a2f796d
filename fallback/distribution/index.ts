import type { DistributionBackend } from '../../lib/backend/contract/distribution.js';
import type { FallbackContext } from '../context.js';
import { DistributionService } from './service.js';
import { Services } from './services.js';

export async function startDistribution(context: FallbackContext): Promise<DistributionBackend> {
  return new DistributionService(context);
}

/** What stands beside Windows' own service. */
export async function startDistributionServices(context: FallbackContext): Promise<Services> {
  return new Services(context);
}

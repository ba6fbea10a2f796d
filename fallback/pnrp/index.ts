import type { PnrpBackend } from '../../lib/backend/contract/pnrp.js';
import type { FallbackContext } from '../context.js';
import { PnrpService } from './service.js';

export async function startPnrp(context: FallbackContext): Promise<PnrpBackend> {
  return new PnrpService(context, await context.area('names'));
}

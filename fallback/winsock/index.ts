import type { WinsockBackend } from '../../lib/backend/contract/winsock.js';
import type { FallbackContext } from '../context.js';
import { WinsockService } from './service.js';

export async function startWinsock({ host, area }: FallbackContext): Promise<WinsockBackend> {
  return new WinsockService(host, await area('pnrp'), await area('names'));
}

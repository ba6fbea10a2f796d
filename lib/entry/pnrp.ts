import { platform } from '../default.js';

export * from '../pnrp.js';
export const pnrp = platform.pnrp;

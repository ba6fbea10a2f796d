import { Platform } from './platform.js';

/** The platform behind `import { pnrp } from 'winpeer'`. It opens nothing before its first use, which also reports a wrong `WINPEER_BACKEND`: importers may never use it. */
export const platform = new Platform({});

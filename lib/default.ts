import { createPlatform } from './platform.js';

/** The platform behind `import { pnrp } from 'winpeer'`. It opens nothing before its first use. */
export const platform = createPlatform();

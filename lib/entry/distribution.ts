import { platform } from '../default.js';

export * from '../distribution/index.js';
export const distribution = platform.distribution;

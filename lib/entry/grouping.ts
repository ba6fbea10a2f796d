import { platform } from '../default.js';

export * from '../grouping.js';
export const grouping = platform.grouping;

import { platform } from '../default.js';

export * from '../graphing.js';
export const graphing = platform.graphing;

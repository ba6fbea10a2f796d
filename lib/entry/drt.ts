import { platform } from '../default.js';

export * from '../drt.js';
export const drt = platform.drt;

import { platform } from '../default.js';

export * from '../identity.js';
export const identity = platform.identity;

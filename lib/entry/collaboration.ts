import { platform } from '../default.js';

export * from '../collaboration.js';
export const collaboration = platform.collaboration;

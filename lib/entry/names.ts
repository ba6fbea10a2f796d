import { platform } from '../default.js';

export * from '../names.js';
export const names = platform.names;

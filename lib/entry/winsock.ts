import { platform } from '../default.js';

export * from '../winsock.js';
export const winsock = platform.winsock;

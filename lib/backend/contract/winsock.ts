import type { AreaLifetime } from './backend.js';

export interface WinsockBackend extends AreaLifetime {}

import type { AreaLifetime } from './backend.js';

export interface DrtBackend extends AreaLifetime {}

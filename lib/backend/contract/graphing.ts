import type { AreaLifetime } from './backend.js';

export interface GraphingBackend extends AreaLifetime {}

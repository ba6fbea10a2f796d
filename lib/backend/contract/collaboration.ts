import type { AreaLifetime } from './backend.js';

export interface CollaborationBackend extends AreaLifetime {}

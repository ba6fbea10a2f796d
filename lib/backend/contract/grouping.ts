import type { AreaLifetime } from './backend.js';

export interface GroupingBackend extends AreaLifetime {}

import type { AreaLifetime } from './backend.js';

export interface DistributionBackend extends AreaLifetime {}

import type { Command } from 'commander';
import { addCaches } from './dist-caches.js';
import { addGet } from './dist-get.js';
import { addHash } from './dist-hash.js';
import { addSecret } from './dist-secret.js';
import { addServe } from './dist-serve.js';

export function addDist(program: Command): void {
  const dist = program.command('dist').description('content that the machines of a site give each other: BranchCache');
  for (const add of [addHash, addServe, addGet, addCaches, addSecret]) add(dist);
}

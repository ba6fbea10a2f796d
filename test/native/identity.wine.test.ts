import { CASES } from './identity.cases.mjs';
import { CASES as CALLS } from './identity-calls.cases.mjs';
import { provenSuite } from './proven.ts';

provenSuite({
  area: 'identity',
  title: 'identity in Windows Node.js, over the double of p2p.dll',
  dlls: ['p2p.dll'],
  modules: { 'identity.cases.mjs': CASES, 'identity-calls.cases.mjs': CALLS },
  publicly: CASES,
});

import { CASES } from './pnrp.cases.mjs';
import { CASES as CALLS } from './pnrp-calls.cases.mjs';
import { provenSuite } from './proven.ts';

provenSuite({
  area: 'pnrp',
  title: 'PNRP in Windows Node.js, over the double of p2p.dll',
  dlls: ['p2p.dll'],
  modules: { 'pnrp.cases.mjs': CASES, 'pnrp-calls.cases.mjs': CALLS },
  publicly: CASES,
});

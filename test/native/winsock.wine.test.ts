import { winsockDouble } from './doubles/build.ts';
import { provenSuite } from './proven.ts';
import { CASES } from './winsock.cases.mjs';
import { CASES as CALLS } from './winsock-calls.cases.mjs';

provenSuite({
  area: 'winsock',
  title: 'Winsock in Windows Node.js, redirected to its double',
  dlls: [],
  redirect: winsockDouble,
  modules: { 'winsock.cases.mjs': CASES, 'winsock-calls.cases.mjs': CALLS },
  publicly: CASES,
});

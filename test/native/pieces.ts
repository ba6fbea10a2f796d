import { double, program, winsockDouble } from './doubles/build.ts';
import { freshPrefix } from './wine.ts';

/** All that is slow to make and kept: first what others stand on. */
export const PIECES: Readonly<Record<string, () => void>> = {
  'a prefix of Wine': freshPrefix,
  'p2p.dll': () => double('p2p.dll'),
  'drt.dll': () => double('drt.dll'),
  'p2pgraph.dll': () => double('p2pgraph.dll'),
  'peerdist.dll': () => double('peerdist.dll'),
  'winsock.node': winsockDouble,
  'calls.exe': () => program('calls.exe'),
  'graph-calls.exe': () => program('graph-calls.exe'),
  'group-calls.exe': () => program('group-calls.exe'),
  'drt-calls.exe': () => program('drt-calls.exe', 'drt.dll'),
  'distribution-calls.exe': () => program('distribution-calls.exe', 'peerdist.dll'),
};

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Parts of the paths of files that take long, most of it waiting for processes or for the protocol's own time-outs. */
const LONG = [
  'native/conformance.wine',
  'package/install.wine',
  'conformance/pnrp.machine',
  'cli/identity',
  'cli/',
  'sim/',
  'conformance/',
  'package/',
  'wire/pnrp-law',
];

/** Starts them first, so that at the end of a run nothing waits for one of them alone. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId));
  }
}

function rank(path: string): number {
  const found = LONG.findIndex((part) => path.includes(`/test/${part}`));
  return found < 0 ? LONG.length : found;
}

import { afterAll, describe } from 'vitest';
import { publishingCases } from './distribution-publishing.ts';
import { readingCases } from './distribution-reading.ts';
import { serviceCases } from './distribution-services.ts';
import { statusCases } from './distribution-status.ts';
import type { Stage } from './stages.ts';

/** What peer distribution promises, whatever runs below; and, `withServices`, what the fallback does of its own. */
export function distributionSuite(make: () => Stage, { withServices }: { readonly withServices: boolean }): void {
  const stage = make();
  describe(`distribution: ${stage.title}`, () => {
    statusCases(stage);
    publishingCases(stage);
    readingCases(stage);
    if (withServices) serviceCases(stage);
    afterAll(() => stage.end());
  });
}

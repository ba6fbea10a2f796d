import { describe } from 'vitest';
import { Company } from './company.ts';
import type { Stage } from './stages.ts';
import { lookupCases } from './winsock-lookups.ts';
import { serviceCases } from './winsock-services.ts';

/** What the PNRP name space of Winsock promises, whatever runs below. */
export function winsockSuite(make: () => Stage): void {
  const stage = make();
  describe(`winsock: ${stage.title}`, () => {
    const company = new Company(stage);
    serviceCases(company);
    lookupCases(company);
  });
}

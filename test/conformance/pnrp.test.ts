import { pnrpSuite } from './pnrp.ts';
import { STAGES } from './stages.ts';

for (const stage of STAGES) pnrpSuite(stage);

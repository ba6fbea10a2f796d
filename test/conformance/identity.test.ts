import { identitySuite } from './identity.ts';
import { STAGES } from './stages.ts';

for (const stage of STAGES) identitySuite(stage);

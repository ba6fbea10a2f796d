import { pnrpSuite } from './pnrp.ts';
import { realStage } from './stages.ts';

pnrpSuite(realStage);

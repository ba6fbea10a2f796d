import { pnrpSuite } from './pnrp.ts';
import { virtualStage } from './stages.ts';

pnrpSuite(virtualStage);

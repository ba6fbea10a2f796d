import { distributionSuite } from './distribution.ts';
import { virtualStage } from './stages.ts';

distributionSuite(virtualStage, { withServices: true });

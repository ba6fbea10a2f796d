import { distributionSuite } from './distribution.ts';
import { realStage } from './stages.ts';

distributionSuite(realStage, { withServices: true });

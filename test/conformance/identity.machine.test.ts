import { identitySuite } from './identity.ts';
import { realStage } from './stages.ts';

identitySuite(realStage);

import { identitySuite } from './identity.ts';
import { virtualStage } from './stages.ts';

identitySuite(virtualStage);

import { realStage } from './stages.ts';
import { winsockSuite } from './winsock.ts';

winsockSuite(realStage);

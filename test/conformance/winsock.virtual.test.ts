import { virtualStage } from './stages.ts';
import { winsockSuite } from './winsock.ts';

winsockSuite(virtualStage);

import { platform } from './default.js';

export type { AreaStats } from './backend/contract/backend.js';
export type { DoctorCheck } from './backend/contract/doctor.js';
export type { EventSink, Subscription } from './backend/contract/events.js';
export type { Host } from './backend/contract/host.js';
export type { BackendName, Selection, SelectionReason } from './backend/select.js';
export type * from './collaboration.js';
export type * from './distribution/index.js';
export type * from './drt.js';
export { isPeerError, PeerError, type PeerErrorCode } from './errors.js';
export type { EventIteratorOptions, EventSource, Listeners } from './events.js';
export type * from './graphing.js';
export type * from './grouping.js';
export type * from './identity.js';
export type * from './names.js';
export { type BackendReport, type CloseOptions, createPlatform, Platform, type PlatformOptions } from './platform.js';
export type * from './pnrp.js';
export type * from './winsock.js';

export const { identity, names, pnrp, winsock, graphing, grouping, collaboration, drt, distribution } = platform;

/** Which backend serves each area of the default platform, and why. */
export const backends = () => platform.backends();

import { platform } from './default.js';

export type { DoctorCheck } from './backend/contract/doctor.js';
export type { Host } from './backend/contract/host.js';
export type { BackendName, Selection, SelectionReason } from './backend/select.js';
export { isPeerError, PeerError, type PeerErrorCode } from './errors.js';
export { type BackendReport, type CloseOptions, createPlatform, Platform, type PlatformOptions } from './platform.js';

export const { identity, names, pnrp, winsock, graphing, grouping, collaboration, drt, distribution } = platform;

/** Which backend serves each area of the default platform, and why. */
export const backends = () => platform.backends();

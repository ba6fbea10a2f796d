/**
 * Everything that stands on the ASN.1 and XML libraries, in one module: loading them takes about 100 ms, which a
 * program that asks for no certificate need not spend.
 */
export { decodeCertificate } from './certificate.js';
export { packCertificates, unpackCertificates } from './certificate-bag.js';
export { issueIdentityCertificate } from './identity-certificate.js';
export { formatIdentityExport, formatIdentityInfo, readIdentityExport, readIdentityInfo } from './identity-xml.js';
export { subjectPeerName, validateIdc } from './validate-certificate.js';

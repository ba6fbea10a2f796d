/**
 * Everything that stands on the ASN.1 and XML libraries, in one module: loading them takes about 100 ms, which a
 * program that asks for no certificate need not spend.
 */
export { decodeCertificate } from '../certificates/certificate.js';
export { packCertificates, unpackCertificates } from '../certificates/certificate-bag.js';
export { subjectPeerName, validateIdc } from '../certificates/validate-certificate.js';
export { formatIdentityExport, formatIdentityInfo, readIdentityExport, readIdentityInfo } from './identity-xml.js';

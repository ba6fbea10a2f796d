/** A name of XML; `namespace` is empty for one that is in none. */
export interface QName {
  readonly namespace: string;
  readonly name: string;
}

export const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
export const ADDRESSING = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
/** WS-Discovery of April 2005. */
export const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';

/** What every message declares, as Windows calls them. [MS-PCCRD] 2.2.1 */
export const PREFIXES = { soap: SOAP, wsa: ADDRESSING, wsd: DISCOVERY } as const;

/** `wsa:To` of what goes to a group, and of an answer. */
export const TO_ALL = 'urn:schemas-xmlsoap-org:ws:2005:04:discovery';
export const TO_ASKER = `${ADDRESSING}/role/anonymous`;

/** Scopes are compared as they are written, case included. */
export const MATCH_STRINGS = `${DISCOVERY}/strcmp0`;

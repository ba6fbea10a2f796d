/**
 * Why an exchange with a server came to nothing: no answer within the Request Timer; no connection, or one that broke; an answer that is
 * no message; one that is about something else; or no common version, or a message that its version lacks.
 */
export type RetrievalFault = 'timeout' | 'unreachable' | 'malformed' | 'mismatch' | 'unsupported';

export class RetrievalError extends Error {
  override readonly name = 'RetrievalError';
  readonly reason: RetrievalFault;

  constructor(reason: RetrievalFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

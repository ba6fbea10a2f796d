/** Bytes that are not what the field's table in the specification says. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** The field as the specification names it. */
  readonly field: string;
  /** Offset from the start of the decoded buffer. */
  readonly offset: number;

  constructor(field: string, offset: number, what: string) {
    super(`${field} at offset ${offset}: ${what}`);
    this.field = field;
    this.offset = offset;
  }
}

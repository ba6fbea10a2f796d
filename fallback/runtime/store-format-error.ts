/** A file of the home that can't be read: `damaged`, or written by a `newer` release. */
export class StoreFormatError extends Error {
  override readonly name = 'StoreFormatError';
  readonly reason: 'damaged' | 'newer';

  constructor(file: string, reason: 'damaged' | 'newer') {
    super(reason === 'newer' ? `${file} was written by a newer release` : `${file} is damaged`);
    this.reason = reason;
  }
}

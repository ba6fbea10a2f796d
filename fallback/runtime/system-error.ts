/** An error as the operating system reports it, told apart by `code`. */
export function systemError(code: string, sentence: string): Error {
  return Object.assign(new Error(`${code}: ${sentence}`), { code });
}

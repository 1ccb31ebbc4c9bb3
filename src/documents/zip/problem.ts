/** Why an archive can't be used, as the end of a sentence. */
export class ZipProblem extends Error {
  override readonly name = 'ZipProblem'
  readonly kind: 'damaged' | 'encrypted' | 'too large' | 'unsupported'

  constructor(message: string, kind: ZipProblem['kind'] = 'damaged', options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export const broken = (): ZipProblem => new ZipProblem('it is no zip archive, or a broken one')

/** Of a name in a message, in characters. */
const MAX_SHOWN = 100

/** The name of a file in an archive as messages have it: an archive may say anything there, up to 64 KB of it. */
export const shownName = (name: string): string =>
  name
    .slice(0, MAX_SHOWN)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()

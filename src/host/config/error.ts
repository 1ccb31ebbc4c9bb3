import { shown } from '../../protocol/foreign-text.ts'

/** Of more mistakes at once, the number is shown. */
export const MOST_TOLD = 20

/** Mistakes in a configuration, told so that its author can mend them: a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(mistakes: string | readonly string[], options?: ErrorOptions) {
    const lines = typeof mistakes === 'string' ? [mistakes] : [...new Set(mistakes)]
    const more = lines.length - MOST_TOLD
    // Keys come from files, and the sentence may go to a terminal.
    super(
      shown([...lines.slice(0, MOST_TOLD), ...(more > 0 ? [`… and ${more} more mistakes.`] : [])].join('\n')),
      options,
    )
  }

  /** The mistakes of several, as one. */
  static of(errors: readonly Error[]): ConfigError {
    return new ConfigError(errors.map(({ message }) => message))
  }
}

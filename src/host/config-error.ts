import { shown } from '../protocol/foreign-text.ts'

/** A mistake in a configuration, told so that its author can mend it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(message: string, options?: ErrorOptions) {
    // Keys and values come from files, and the sentence may go to a terminal.
    super(shown(message), options)
  }
}

/** Where a value was written: a file and a line, or a variable of the environment. */
export type Place = (path: readonly string[]) => string

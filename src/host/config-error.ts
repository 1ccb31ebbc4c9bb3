/** A mistake in a configuration, told so that its author can mend it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Where a value was written: a file and a line, or a variable of the environment. */
export type Place = (path: readonly string[]) => string

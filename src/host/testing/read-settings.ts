/** A configuration made of a value, as if a file had held it. Throws a ConfigError for one that can't be used. */
import type { Static, TSchema } from 'typebox'
import type { ConfigDefinition, Environment } from '../../protocol/config.ts'
import type { Validator } from '../../protocol/validator.ts'
import { ConfigError } from '../config/error.ts'
import { configFrom } from '../config/layers.ts'

export function readSettings<S extends TSchema, T = Static<S>>(
  definition: ConfigDefinition<S, T>,
  validate: Validator,
  value: unknown,
  env: Environment = {},
): T {
  const { config, lines } = configFrom(definition, validate, {
    own: 'it',
    files: [{ value, place: () => 'it' }],
    env,
  })
  if (lines.length > 0) throw new ConfigError(lines)
  return config as T
}

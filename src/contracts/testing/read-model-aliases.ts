/** The names of models as a file with this value has them. */
import { readSettings } from '../../host/testing/read-settings.ts'
import type { Environment } from '../../protocol/config.ts'
import { validate } from '../generated/models.config.ts'
import type { ModelAliases } from '../model-aliases.ts'
import { config } from '../models.config.ts'

export const readModelAliases = (value: unknown, env: Environment = {}): ModelAliases =>
  readSettings(config, validate, value, env)

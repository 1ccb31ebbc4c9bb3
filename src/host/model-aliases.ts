/** Finds `models.yaml` in the folder of configuration. */
import { join } from 'node:path'
import { validate } from '../contracts/generated/models.config.ts'
import type { ModelAliases } from '../contracts/model-aliases.ts'
import { config } from '../contracts/models.config.ts'
import { loadConfigFile } from './config/load.ts'

export const MODELS_FILE = `${config.name}.yaml`

/** The names of models; none where there is no file. Throws a ConfigError for a file that can't be used. */
export const loadModelAliases = (
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ModelAliases> => loadConfigFile(config, validate, join(folder, MODELS_FILE), env)

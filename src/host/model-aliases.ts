/** Finds `models.yaml` in the folder of configuration. */
import { join } from 'node:path'
import { type ModelAliases, readModelAliases } from '../contracts/model-aliases.ts'
import { ConfigError } from './config-error.ts'
import { readYaml } from './config-yaml.ts'

export const MODELS_FILE = 'models.yaml'

/** The names of models; none where there is no file. Throws a ConfigError for a file that can't be used. */
export async function loadModelAliases(
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ModelAliases> {
  const path = join(folder, MODELS_FILE)
  const file = await readYaml(path)
  try {
    return readModelAliases(file?.value ?? undefined, env)
  } catch (cause) {
    throw new ConfigError(`${path}: ${(cause as Error).message}.`, { cause })
  }
}

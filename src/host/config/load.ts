/**
 * The configuration of a process. Each layer lies over the one before: the file that the system ships, the
 * administrator's file, the administrator's `conf.d` in the order of its names, and the variables of the environment.
 * Sections merge; lists and single values replace. A key with nothing behind it is not set.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Static, TSchema } from 'typebox'
import type { ConfigDefinition, Environment } from '../../protocol/config.ts'
import type { Validator } from '../../protocol/validator.ts'
import { ConfigError } from './error.ts'
import { configFrom, usableFrom } from './layers.ts'
import { readYaml, type YamlFile } from './yaml.ts'

export { ConfigError } from './error.ts'

export interface ConfigFolders {
  /** What the system ships. */
  defaults?: string | undefined
  /** What the administrator wrote. */
  overrides?: string | undefined
}

export const CONFIG_FOLDER = '/etc/llmbasedos'

/**
 * The settings of `<name>.yaml` in the folders, and of `<name>.conf.d/*.yaml`. Absent files are fine. Throws a ConfigError
 * that tells every mistake of the files and variables, each with its place.
 */
export async function loadConfig<S extends TSchema, T = Static<S>>(
  definition: ConfigDefinition<S, T>,
  validate: Validator,
  { defaults = '/usr/lib/llmbasedos', overrides = CONFIG_FOLDER }: ConfigFolders = {},
  env: Environment = process.env,
): Promise<T> {
  const { name } = definition
  const own = join(overrides, `${name}.yaml`)
  const dropIns = await namesIn(join(overrides, `${name}.conf.d`))
  return loadFiles(
    definition,
    validate,
    { own, files: [join(defaults, `${name}.yaml`), own, ...dropIns] },
    env,
  )
}

/** As `loadConfig`, of a single file wherever it is. */
export const loadConfigFile = <S extends TSchema, T = Static<S>>(
  definition: ConfigDefinition<S, T>,
  validate: Validator,
  file: string,
  env: Environment = process.env,
): Promise<T> => loadFiles(definition, validate, { own: file, files: [file] }, env)

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))
      .sort()
      .map((name) => join(folder, name))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new ConfigError(`${folder}: it cannot be read: ${(cause as Error).message}`, { cause })
  }
}

async function loadFiles<S extends TSchema, T = Static<S>>(
  definition: ConfigDefinition<S, T>,
  validate: Validator,
  { own, files }: { own: string; files: readonly string[] },
  env: Environment,
): Promise<T> {
  const read: YamlFile[] = []
  let place = own
  const mistakes: string[] = []
  for (const file of files)
    try {
      const yaml = await readYaml(file)
      if (yaml) read.push(yaml)
      if (yaml && file === own) place = yaml.place([])
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      mistakes.push(error.message)
    }
  const { config, lines } = configFrom(definition, validate, { own: place, files: read, env })
  if (mistakes.length + lines.length > 0) throw new ConfigError([...mistakes, ...lines])
  return config as T
}

/**
 * What of a file can be used: each setting that is wrong, or the item of a list, is reported as a line and left out. Nothing of one
 * that can't be read.
 */
export async function usableConfig<S extends TSchema, T = Static<S>>(
  definition: ConfigDefinition<S, T>,
  validate: Validator,
  read: () => Promise<YamlFile | undefined>,
  tell: (line: string) => void,
): Promise<T | undefined> {
  let yaml: YamlFile | undefined
  try {
    yaml = await read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    tell(error.message)
  }
  return yaml && usableFrom(definition, validate, yaml, tell)
}

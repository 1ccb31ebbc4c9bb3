/**
 * The configuration of a process. Each layer lies over the one before: the schema's defaults, the file the
 * system ships, the administrator's file, the administrator's `conf.d` in the order of its names, and the
 * variables of the environment. Sections merge; lists and single values replace.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Static, TObject } from 'typebox'
import { ConfigError } from './config-error.ts'
import { apply, applyEnvironment, asSection, defaultsOf, missingSetting } from './config-schema.ts'
import { readYaml } from './config-yaml.ts'

export { ConfigError } from './config-error.ts'
export { exampleYaml } from './config-example.ts'

export interface ConfigFiles {
  /** The name of the files: `<name>.yaml`, `<name>.conf.d/*.yaml`. */
  name: string
  /** The folder of what the system ships. */
  defaults?: string | undefined
  /** The folder of what the administrator wrote. */
  overrides?: string | undefined
}

/**
 * The settings that `schema` describes; its properties may name a variable in `env`. Absent files are fine.
 * Throws a ConfigError that names the place for a mistake in a file or a variable.
 */
export async function loadConfig<S extends TObject>(
  schema: S,
  { name, defaults = '/usr/lib/llmbasedos', overrides = '/etc/llmbasedos' }: ConfigFiles,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Static<S>> {
  const section = asSection(schema)
  const values = defaultsOf(section)
  const own = join(overrides, `${name}.yaml`)
  for (const file of [
    join(defaults, `${name}.yaml`),
    own,
    ...(await dropIns(join(overrides, `${name}.conf.d`))),
  ]) {
    const yaml = await readYaml(file)
    if (yaml) apply(section, yaml.value, values, yaml.place)
  }
  applyEnvironment(section, env, values)
  const missing = missingSetting(section, values)
  if (missing) throw new ConfigError(`${own}: "${missing}" has no default and must be set.`)
  return values as Static<S>
}

async function dropIns(folder: string): Promise<string[]> {
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

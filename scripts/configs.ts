/** Where definitions of configuration files are: each is a `NAME.config.ts` in the folder of what reads it. */
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ConfigDefinition } from '../src/protocol/config.ts'
import { ROOT } from './servers.ts'

export interface ConfigFile {
  /** From the repository's root. */
  folder: string
  config: ConfigDefinition
}

/** All of them, in the order of their paths. A server's own settings are not among them: they are part of its definition. */
export function loadConfigs(): Promise<ConfigFile[]> {
  const files = globSync('src/**/*.config.ts', { cwd: ROOT }).filter((file) => !file.includes('/generated/'))
  return Promise.all(
    files.sort().map(async (file) => {
      const { config } = (await import(join(ROOT, file))) as { config: ConfigDefinition }
      return { folder: dirname(file), config }
    }),
  )
}

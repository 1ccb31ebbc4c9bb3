/** The folders that the service manager made for this process: RuntimeDirectory= and its siblings in systemd.exec(5). */
import { isAbsolute } from 'node:path'
import { ConfigError } from './config/error.ts'
import { splitPaths } from './path-list.ts'

const VARIABLES = {
  runtime: 'RUNTIME_DIRECTORY',
  state: 'STATE_DIRECTORY',
  cache: 'CACHE_DIRECTORY',
  configuration: 'CONFIGURATION_DIRECTORY',
  credentials: 'CREDENTIALS_DIRECTORY',
} as const

export type Directories = Partial<Record<keyof typeof VARIABLES, string>>

/** The first folder of each kind; throws for one that is not absolute. */
export function directories(env: NodeJS.ProcessEnv = process.env): Directories {
  const found: Directories = {}
  for (const [kind, variable] of Object.entries(VARIABLES) as [keyof Directories, string][]) {
    const value = env[variable] ?? ''
    // Of credentials there is one folder, and no list.
    const path = kind === 'credentials' ? value : splitPaths(value)[0]
    if (!path) continue
    if (!isAbsolute(path)) throw new ConfigError(`${variable} is "${path}"; it must be an absolute path.`)
    found[kind] = path
  }
  return found
}

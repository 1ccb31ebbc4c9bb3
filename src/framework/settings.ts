/**
 * Reads a server's own settings. A server that has some gives `serve` this reader in its `main.ts`; all others start without what
 * reads YAML.
 */
import { loadConfig } from '../host/config/load.ts'
import type { SettingsReader } from './server-host.ts'

export const readSettings: SettingsReader = ({ name, settings }, validate, { directories, env }) =>
  loadConfig({ name, schema: settings }, validate, { overrides: directories.configuration }, env)

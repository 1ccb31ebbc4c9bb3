/** What a server gets from the machine (`ServerHost`), and what of it is opened when it asks. */
import { ConfigError } from '../host/config/error.ts'
import type { Database } from '../protocol/database.ts'
import type { Clock, ServerDefinition, ServerDirectories, ServerHost } from '../protocol/define.ts'
import type { Static, TObject } from '../protocol/schema.ts'
import { SETTINGS_KEY, type Validator, type Validators } from '../protocol/validator.ts'
import type { Background } from './background.ts'
import { Opening } from './opening.ts'
import type { Secrets } from './secrets.ts'

/** Where the framework logs to; pino's loggers fit. */
export interface Log {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** What a process gives the framework; what its server gets of it is in server-host.ts. */
export interface ServiceHost {
  /** `<server>.yaml` is in that of configuration; in `/etc/llmbasedos` where there is none. */
  directories: ServerDirectories
  env: Readonly<Record<string, string | undefined>>
  log: Log
  clock: Clock
  secrets: Secrets
  /** Where databases are; the folder of state without. */
  databaseFolder?: () => string | undefined
  /** Reads `<server>.yaml`; needed by servers that have settings. */
  readSettings?: SettingsReader | undefined
  memory?: MemoryLimits
}

/** Reads the settings of a server (settings.ts). */
export type SettingsReader = (
  server: { name: string; settings: TObject },
  validate: Validator,
  host: Pick<ServiceHost, 'directories' | 'env'>,
) => Promise<unknown>

/** How much may be held of long messages (pieces.ts), over all callers, in bytes. */
export interface MemoryLimits {
  /** Answers that were not taken yet. */
  answers: number
  /** Requests whose handlers run. */
  requests: number
}

/** What it can tell while no call runs. */
type Tells = Pick<ServerHost, 'changed' | 'hurry'>

/**
 * Opens what a server's handlers work with. It is released before all that it got from its host, whenever it asked for that. Rejects with
 * an OpeningError.
 */
export async function openDeps(
  definition: ServerDefinition<unknown>,
  validators: Validators,
  host: ServiceHost,
  opening: Opening,
  background: Background,
  tells: Tells,
): Promise<unknown> {
  const asked = new Opening(host.log)
  await opening.open(
    'its host',
    () => asked,
    () => asked.release(),
  )
  const given = serverHost(definition, validators, host, asked, background, tells)
  return opening.open(
    'what it works with',
    () => definition.open(given),
    (deps) => definition.close?.(deps),
  )
}

function serverHost(
  definition: ServerDefinition<unknown>,
  validators: Validators,
  host: ServiceHost,
  asked: Opening,
  background: Background,
  { changed, hurry }: Tells,
): ServerHost {
  const { directories, env, log, clock, secrets } = host
  let settings: Promise<unknown> | undefined
  return {
    directories,
    env,
    log,
    clock,
    config: async <S extends TObject>(schema: S) => {
      if (schema !== definition.settings)
        throw new Error(
          `The schema of "${definition.name}.yaml" is not the one that its definition has as "settings".`,
        )
      settings ??= asked.open('its settings', () => readSettings(definition.name, schema, validators, host))
      return (await settings) as Static<S>
    },
    secret: (name) => secrets.read(name),
    database: (name, steps) =>
      asked.open(
        `its database "${name}"`,
        () => openOwnDatabase(name, steps, host),
        (database) => database.close(),
      ),
    background: (name) => {
      background.check(name)
      void background.start(name)
    },
    changed,
    hurry,
  }
}

/** What can be the name of a database. */
const DATABASE_NAME = /^[a-z][a-z0-9-]{0,31}$/

async function openOwnDatabase(
  name: string,
  steps: readonly string[],
  { directories, databaseFolder = () => directories.state, log }: ServiceHost,
): Promise<Database> {
  if (!DATABASE_NAME.test(name))
    throw new Error(`"${name}" can't be the name of a database: small letters, digits and hyphens.`)
  const folder = databaseFolder()
  if (folder === undefined)
    throw new ConfigError('its unit names no folder for its state; it needs a line StateDirectory=.')
  const { openDatabase } = await import('../host/database.ts')
  return openDatabase({
    folder,
    name,
    steps,
    onDamaged: ({ path, aside, why }) =>
      log.error({ path, aside, why }, 'a database was damaged: it was put aside, and begun anew'),
  })
}

async function readSettings(
  name: string,
  settings: TObject,
  validators: Validators,
  host: ServiceHost,
): Promise<unknown> {
  const found = validators[SETTINGS_KEY]
  if (!found) throw new Error(`"${name}.yaml" has no validator; run "make generate".`)
  if (!host.readSettings)
    throw new Error(
      `"${name}.yaml" has no reader; give serve { readSettings } in main.ts (framework/settings.ts).`,
    )
  return host.readSettings({ name, settings }, found.input, host)
}

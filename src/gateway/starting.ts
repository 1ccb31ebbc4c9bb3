/** What the gateway starts with, looked at before anything else is opened: its configuration, its sockets, its state. */
import { join } from 'node:path'
import { mustBeFileIfThere, UnusableFile } from '../host/bounded-file.ts'
import { CONFIG_FOLDER, ConfigError, loadConfig } from '../host/config/load.ts'
import { DatabaseError } from '../host/database.ts'
import { directories } from '../host/directories.ts'
import { type InheritedSocket, inheritedSockets } from '../host/inherited-sockets.ts'
import type { Logger } from '../host/log.ts'
import { loadModelAliases } from '../host/model-aliases.ts'
import { config } from './gateway.config.ts'
import { validate } from './generated/gateway.config.ts'
import { openToOthers } from './listening.ts'
import { openState, type State } from './state/state.ts'

/** sysexits.h. */
const EXIT_IOERR = 74
const EXIT_CONFIG = 78

/**
 * `check FOLDER` on the command line says whether the configuration in that folder can be used, and ends the process. So does
 * whatever the gateway can't start with: with a sentence for people, and a status that the service manager knows.
 */
export async function start(log: Pick<Logger, 'warn' | 'error'>) {
  const [, , command, checked] = process.argv
  const isCheck = command === 'check' && checked !== undefined
  const folders = directories()
  const folder = isCheck ? checked : (folders.configuration ?? CONFIG_FOLDER)
  const { config, aliases } = await readConfiguration(folder).catch(refuseMistake)
  if (isCheck) process.exit(0)
  const sockets = inheritedSockets()
  if (sockets.length === 0 || folders.state === undefined)
    return refuse(
      2,
      'The gateway is started by systemd, or by "luca up": it needs inherited sockets and STATE_DIRECTORY.',
    )
  if (config.http.noAuth) {
    refuseIfOpen(sockets)
    log.warn(
      { origins: config.http.origins },
      'no token is needed (--no-auth): every program on this machine may call, and web pages whose origin is in http.origins',
    )
  }
  return { config, configuration: folder, aliases, sockets, state: await openedState(folders.state, log) }
}

async function openedState(folder: string, log: Pick<Logger, 'error'>): Promise<State> {
  try {
    return await openState(folder, (damage) =>
      log.error(damage, 'the database was damaged and is put aside: all tokens have ended, make new ones'),
    )
  } catch (error) {
    return error instanceof DatabaseError ? refuse(EXIT_IOERR, error.message) : refuseMistake(error)
  }
}

/** Throws a ConfigError for files in the folder that can't be used, with the mistakes of all of them. */
async function readConfiguration(folder: string) {
  const [settings, aliases] = await Promise.allSettled([loadSettings(folder), loadModelAliases(folder)])
  if (settings.status === 'fulfilled' && aliases.status === 'fulfilled')
    return { config: settings.value, aliases: aliases.value }
  const failures = [settings, aliases].flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  throw failures.find((error) => !(error instanceof ConfigError)) ?? ConfigError.of(failures)
}

async function loadSettings(folder: string) {
  const settings = await loadConfig(config, validate, { overrides: folder })
  try {
    mustBeFileIfThere(tiersFile(settings, folder))
  } catch (error) {
    throw error instanceof UnusableFile ? new ConfigError(error.message, { cause: error }) : error
  }
  return settings
}

/** Where the tiers of tokens stand. */
export const tiersFile = ({ licence }: { licence: { tiers: string } }, folder: string): string =>
  licence.tiers || join(folder, 'tiers.yaml')

function refuseIfOpen(sockets: readonly InheritedSocket[]): void {
  const address = openToOthers(sockets)
  if (address !== undefined)
    refuse(
      2,
      `--no-auth is for loopback only, and this gateway has a socket on ${address}: bind it to 127.0.0.1 or ::1, or run it with tokens.`,
    )
}

function refuseMistake(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error
  return refuse(EXIT_CONFIG, error.message)
}

function refuse(status: number, sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(status)
}

/** Runs the adapter for what is done once to a server of others: a look at what it offers, and the installation of its package. */
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CliError } from '../../command/cli-error.ts'
import type { PackageCommand } from '../../contracts/package-runner.ts'
import type { ResourceClaims } from '../../contracts/resource-claims.ts'
import { type LaunchSpec, readOffer, type Vetted, whyUnusable, wordsIn } from '../../contracts/third-party.ts'
import { vet } from '../../contracts/vetting.ts'
import { isRecord, parsedJson } from '../../protocol/values.ts'
import { OF_NETWORK } from './surroundings.ts'

export interface Errand {
  /** The name of the server. */
  name: string
  /** The folder of luca's programs. */
  programs: string
  signal: AbortSignal
  /** Called with each line that the server prints meanwhile. */
  onWords(line: string): void
}

/**
 * Starts a server once to see what it offers, in the folder that it is to keep its things in. `claims` are the addresses of other
 * servers. Throws a CliError with what the server said where it can't be started or does not speak MCP.
 */
export async function inspect(
  errand: Errand,
  launch: LaunchSpec,
  claims: ResourceClaims,
  state: string,
): Promise<Vetted> {
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const { out, said } = await run(errand, '--inspect', launch, state, launch.around ?? {})
  const offer = readOffer(parsedJson(out))
  if (offer) return vet(errand.name, offer, claims)
  throw new CliError(
    'failed',
    `The server "${errand.name}" could not be used: ${whyUnusable(said)}\nIts command alone, in another folder, may show more: ${[launch.command, ...launch.args].join(' ')}`,
  )
}

/**
 * Installs the package of a server into a folder of its own, and gives how that is started. Throws a CliError with what the manager said;
 * then, and when it is interrupted, nothing is left of it.
 */
export async function install(
  errand: Errand,
  launch: LaunchSpec,
  wanted: PackageCommand,
  folder: string,
): Promise<LaunchSpec> {
  const { around = {} } = launch
  const own = Object.entries(launch.env).filter(([name]) => OF_NETWORK.test(name))
  const env = { ...around, ...Object.fromEntries(own) }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    const { out, said } = await run(errand, '--install', { ...wanted, env }, folder, around)
    const made = parsedJson(out)
    if (isRecord(made) && typeof made.command === 'string' && Array.isArray(made.args))
      return { ...launch, command: made.command, args: made.args.filter((arg) => typeof arg === 'string') }
    throw new CliError('failed', `${wanted.packages.join(' ')} could not be installed: ${whyUnusable(said)}`)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** What the adapter prints and says. A signal asks it to stop, and cleans up after itself. */
async function run(
  { programs, signal, onWords }: Errand,
  mode: '--inspect' | '--install',
  input: object,
  state: string,
  env: Record<string, string>,
): Promise<{ out: string; said: string }> {
  const child = spawn(process.execPath, [join(programs, 'stdio-adapter.cjs'), mode], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, STATE_DIRECTORY: state },
    signal,
    killSignal: 'SIGTERM',
  })
  child.on('error', () => {}) // 'close' follows
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(input))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const last = wordsIn(chunk).at(-1)
    if (last !== undefined) onWords(last)
  })
  const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)])
  signal.throwIfAborted()
  return { out, said }
}

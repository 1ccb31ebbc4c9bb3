/** Installs the package of a server into a folder of its own, with npm or pip, and finds out how it is started. */
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { PackageCommand } from '../../contracts/package-runner.ts'
import { mustReadFileSync } from '../../host/bounded-file.ts'

export interface Installation extends PackageCommand {
  /** Variables for the manager, such as the address of another registry. */
  env: Record<string, string>
}

export interface Installed {
  command: string
  args: string[]
}

/** The largest package.json that is read, in bytes. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
/** Names of commands, so that none leads out of their folder. */
const COMMAND = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/

/** Throws an Error that says what of it failed. What was there before goes. */
export async function install(
  { manager, env, ...wanted }: Installation,
  folder: string,
  signal?: AbortSignal,
): Promise<Installed> {
  const cache = join(folder, '.cache')
  const run = (program: string, ...args: string[]) =>
    finish(program, args, { PATH: process.env.PATH, HOME: cache, LANG: 'C.UTF-8', ...env }, signal)
  const clear = async () => {
    for (const part of PARTS) await rm(join(folder, part), { recursive: true, force: true })
  }
  await clear()
  try {
    return await MANAGERS[manager](wanted, folder, run)
  } catch (error) {
    // Nothing that is half there is taken for the whole.
    await clear()
    throw error
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

/** What the managers make in the folder. */
const PARTS = ['node_modules', 'package.json', 'package-lock.json', 'venv'] as const

type Run = (program: string, ...args: string[]) => Promise<void>
type Manager = (
  wanted: Pick<Installation, 'packages' | 'bin' | 'args'>,
  folder: string,
  run: Run,
) => Promise<Installed>

const MANAGERS: Readonly<Record<Installation['manager'], Manager>> = {
  async npm({ packages, bin, args }, folder, run) {
    const quiet = ['--omit=dev', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
    await run('npm', 'install', `--prefix=${folder}`, ...quiet, '--', ...packages)
    const command = bin ?? binOf(folder)
    return { command: commandIn(join(folder, 'node_modules/.bin'), command), args }
  },
  async pip({ packages, bin, args }, folder, run) {
    const venv = join(folder, 'venv')
    const python = join(venv, 'bin/python')
    if (await run('uv', '--version').then(yes, no)) {
      await run('uv', 'venv', '--quiet', venv)
      await run('uv', 'pip', 'install', '--quiet', '--python', python, '--', ...packages)
    } else {
      await run('python3', '-m', 'venv', '--without-pip', venv)
      const quiet = ['--no-input', '--disable-pip-version-check', '--no-cache-dir', '--quiet']
      await run('python3', '-m', 'pip', '--python', python, 'install', ...quiet, '--', ...packages)
    }
    const [, name = ''] = /^([A-Za-z0-9._-]+)/.exec(packages[0] ?? '') ?? []
    return { command: commandIn(join(venv, 'bin'), bin ?? name), args }
  },
}

const yes = () => true
const no = () => false

/** The command that a package is run by, as npx has it: its only one, else that of the package's own name. */
function binOf(folder: string): string {
  const manifest = (path: string) =>
    JSON.parse(mustReadFileSync(join(folder, path, 'package.json'), MAX_MANIFEST_BYTES))
  const [name = ''] = Object.keys(manifest('').dependencies ?? {})
  const { bin } = manifest(join('node_modules', name))
  const own = basename(name)
  const commands: Record<string, string> = typeof bin === 'string' ? { [own]: bin } : (bin ?? {})
  const [first] = Object.keys(commands)
  if (first === undefined) throw new Error(`The package "${name}" has no command that could be run.`)
  if (Object.hasOwn(commands, own)) return own
  if (new Set(Object.values(commands)).size > 1)
    throw new Error(`The package "${name}" has several commands; name one, as in: npx -p ${name} ${first}`)
  return first
}

function commandIn(folder: string, name: string): string {
  if (!COMMAND.test(name)) throw new Error(`"${name}" is no name of a command.`)
  return join(folder, name)
}

/** Runs a program to its end. Throws with the last that it said where it fails. */
function finish(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    // With all that it has started: what goes on writes into a folder that is cleared.
    const stop = () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL')
    signal?.addEventListener('abort', stop, { once: true })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk).slice(-LAST)
      })
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(
          cause.code === 'ENOENT'
            ? `There is no program "${program}" on the PATH that the server is given, which installs its package.`
            : `${program} could not be started: ${cause.message}`,
          { cause },
        ),
      ),
    )
    child.once('close', (code, by) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) reject(signal.reason)
      else if (code === 0) resolve()
      else
        reject(new Error(`${program} ${by ? `was ended by ${by}` : `failed with ${code}`}: ${said.trim()}`))
    })
  })
}

/** How much of what it says at last is shown, in characters. */
const LAST = 400

/** The real thing for tests: `luca up` with everything it starts, in folders of its own. Needs `make build`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const READY_WITHIN_MS = 60_000

export interface Appliance extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/mcp`. */
  url: string
  origin: string
  token: string
  /** The folder that the fs server serves. */
  files: string
  state: string
  /** A folder of descriptors of this appliance alone, watched by its gateway. */
  caps: string
  socket: string
  process: ChildProcess
  /** All that it wrote to stderr, and its log. */
  log(): string
  stderr(): string
  luca(args: string[], input?: string): Promise<{ code: number | null; stdout: string; stderr: string }>
  stop(): Promise<void>
}

export interface ApplianceOptions {
  args?: string[]
  /** Folders with more units, such as the fixture server's. */
  units?: string[]
  /** Folders of descriptors that are copied into `caps`. */
  descriptors?: string[]
  files?: string
  state?: string
  /** The text of gateway.yaml. */
  config?: string
  /** The text of models.yaml. */
  models?: string
  /** Secrets by the names of their files, such as `llmbasedos-llm-remote._.openai`. */
  secrets?: Record<string, string>
  /** No process of it may make a file larger than this: what a full disk looks like to a writer. */
  fileSizeLimitKiB?: number
  env?: Record<string, string>
  /** What runs it, such as `unshare` with its options. */
  through?: string[]
}

/** What `startAppliance` takes where the fixture server is to run beside the shipped ones. */
export const FIXTURE_SERVER: ApplianceOptions = {
  units: [join(ROOT, 'test/fixture-server/units')],
  descriptors: [join(ROOT, 'dist/test/caps')],
}

export async function startAppliance(options: ApplianceOptions = {}): Promise<Appliance> {
  const base = await mkdtemp(join(tmpdir(), 'lb-'))
  const state = options.state ?? join(base, 's')
  const caps = await mkdtemp(join(base, 'caps-'))
  for (const folder of options.descriptors ?? []) await cp(folder, caps, { recursive: true })
  const files = options.files ?? (await mkdtemp(join(base, 'files-')))
  const env = { ...process.env, ...options.env }
  const place = async (folder: string, name: string, text: string) => {
    await mkdir(join(state, folder), { recursive: true, mode: 0o700 })
    await writeFile(join(state, folder, name), text, { mode: 0o600 })
  }
  if (options.config !== undefined) await place('etc', 'gateway.yaml', options.config)
  if (options.models !== undefined) await place('etc', 'models.yaml', options.models)
  for (const [name, value] of Object.entries(options.secrets ?? {})) await place('credstore', name, value)
  const limit = options.fileSizeLimitKiB === undefined ? '' : `ulimit -f ${options.fileSizeLimitKiB}; `
  const child = spawn(
    'bash',
    [
      ...['-c', `${limit}exec "$@"`, 'luca', ...(options.through ?? []), join(ROOT, 'bin/luca')],
      'up',
      ...['--port', '0', '--state', state, '--files', files, '--caps', caps],
      ...(options.units ?? []).flatMap((folder) => ['--units', folder]),
      ...(options.args ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env },
  )
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const exited = once(child, 'exit')
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await exited
    }
    await rm(base, { recursive: true, force: true })
  }
  let stdout = ''
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready in time:\n${stderr}`)), READY_WITHIN_MS)
      child.stdout.on('data', (chunk) => {
        stdout += chunk
        if (!/^ready .*\n/m.test(stdout)) return
        clearTimeout(timer)
        resolve()
      })
      exited.then(() => {
        clearTimeout(timer)
        reject(new Error(`luca up ended before it was ready:\n${stdout}${stderr}`))
      })
    })
  } catch (error) {
    await stop()
    throw error
  }
  const url = /^ready (\S+)$/m.exec(stdout)?.[1] as string
  const socket = join(state, 'run/mcp/gateway.sock')
  return {
    url,
    origin: new URL(url).origin,
    token: /^ *token +(\S+)$/m.exec(stdout)?.[1] ?? '',
    files,
    state,
    caps,
    socket,
    process: child,
    log: () => stderr + keptLog(state),
    stderr: () => stderr,
    luca: (args, input) =>
      run(
        join(ROOT, 'bin/luca'),
        args,
        { ...env, LLMBDO_STATE: state, LLMBDO_GATEWAY_UNIX_SOCKET_PATH: socket },
        input,
      ),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** What the log of a state folder holds. */
const keptLog = (state: string): string =>
  ['log/appliance.log.1', 'log/appliance.log']
    .map((name) => join(state, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))
    .join('')

async function run(command: string, args: string[], env: NodeJS.ProcessEnv, input = '') {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code: code as number | null, stdout, stderr }
}

/** Waits until a condition holds, looking often; throws with `what` if it does not within ten seconds. */
export async function until<T>(what: string, condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const value = await condition()
    if (value) return value as NonNullable<T>
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The one way in which the helper starts another program. */
import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { RpcError } from '../protocol/jsonrpc.ts'

export interface RunOptions {
  /** What the program reads on stdin. */
  input?: string
  timeoutMs?: number
}

/** Gives what the program wrote on stdout; throws RunFailed. */
export type Run = (file: string, args: readonly string[], options?: RunOptions) => Promise<string>

const TIMEOUT_MS = 30_000
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024
const MAX_TOLD = 300
const ENV = {
  PATH: '/usr/bin:/usr/sbin',
  LC_ALL: 'C.UTF-8',
  SYSTEMD_COLORS: '0',
  SYSTEMD_PAGER: '',
}

/** A program that could not be started, took too long, or ended with an error. */
export class RunFailed extends RpcError {
  /** Whether this machine does not have the program. */
  readonly missing: boolean
  constructor(file: string, why: string, missing = false) {
    super('INTERNAL', `${basename(file)} ${why}`)
    this.missing = missing
  }
}

/** Runs a program by its absolute path: without a shell, with a small fixed environment, and with bounds. */
export const run: Run = (file, args, { input = '', timeoutMs = TIMEOUT_MS } = {}) =>
  new Promise((resolve, reject) => {
    if (!file.startsWith('/')) throw new TypeError(`${file} is no absolute path.`)
    const child = execFile(
      file,
      args,
      { cwd: '/', env: ENV, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout)
        if (error.code === 'ENOENT') return reject(new RunFailed(file, 'is not on this machine.', true))
        if (error.killed) return reject(new RunFailed(file, `did not end within ${timeoutMs / 1000} s.`))
        reject(new RunFailed(file, `failed: ${lastLine(stderr) || `it ended with ${error.code}`}`))
      },
    )
    // A program that fails early does not read all; its exit says what was wrong.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })

const lastLine = (text: string): string =>
  (text.trim().split('\n').at(-1) ?? '').replace(/\p{Cc}/gu, ' ').slice(0, MAX_TOLD)

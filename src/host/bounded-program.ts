/** Programs of the system on bytes that others made: within bounds that the kernel holds, and without a file. */
import type { ChildProcess } from 'node:child_process'
import { accessSync, constants, writeFileSync } from 'node:fs'
import { setPriority, constants as system } from 'node:os'
import { delimiter, join } from 'node:path'

export interface ProgramBounds {
  /** From its start, in milliseconds of the clock; it may take as much of the processor. */
  readonly ms: number
  /** Of memory that it may ask for. */
  readonly megabytes: number
  /** Of what it may write to its output, in bytes. */
  readonly outputBytes: number
}

export interface ProgramCall {
  /** What it reads from its input. */
  readonly input?: Uint8Array
  readonly bounds: ProgramBounds
  readonly signal: AbortSignal
  /** Its variables, besides the path and a locale without a language. */
  readonly env?: Readonly<Record<string, string>>
}

/** A program that was ended at a bound, or failed. The message goes on after the name of what it did. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed'
  /** The last lines that it wrote about it. They may quote what it read. */
  readonly said: string

  constructor(message: string, said = '', options?: ErrorOptions) {
    super(message, options)
    this.said = said
  }
}

/** What sets the bounds, of util-linux, which every system has. */
const BOUNDER = 'prlimit'
const MEGABYTE = 1024 * 1024
/** How much of its complaints is kept, in characters. */
const SAID_CHARS = 2000

/** The path of a program that can be run here within bounds; undefined where there is none. */
export const findProgram = (name: string): string | undefined =>
  onPath(BOUNDER) === undefined ? undefined : onPath(name)

function onPath(name: string): string | undefined {
  if (name.includes('/')) return undefined
  const folders = (process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)
  return folders.map((folder) => join(folder, name)).find((path) => path.startsWith('/') && isRunnable(path))
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * What the program writes to its output. It is the first that ends where memory does, and other work goes first where this system
 * lets a process say so. Rejects with the signal's reason, once it has ended, or with a ProgramFailed.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { input, bounds, signal, env }: ProgramCall,
): Promise<Buffer> {
  signal.throwIfAborted()
  const bounder = onPath(BOUNDER)
  if (bounder === undefined) throw new ProgramFailed(`needs ${BOUNDER}, of util-linux`)
  const limits = [
    `--as=${bounds.megabytes * MEGABYTE}`,
    `--cpu=${Math.ceil(bounds.ms / 1000) + 1}`,
    // It writes no file, not even the memory of a crash.
    '--fsize=0',
    '--core=0',
  ]
  // Loaded where it is needed: most starts of a server never do.
  const child = process
    .getBuiltinModule('node:child_process')
    .spawn(bounder, [...limits, '--', program, ...args], {
      env: { PATH: process.env.PATH, LC_ALL: 'C', ...env },
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  yieldTo(child)
  return await outputOf(child, input, bounds, signal)
}

/** All else goes first, and where memory ends the kernel ends it. */
function yieldTo({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000')
  } catch {
    // It has ended.
  }
  try {
    setPriority(pid, system.priority.PRIORITY_LOW)
  } catch {
    // A sandbox forbids it, or it has ended.
  }
}

function outputOf(
  child: ChildProcess,
  input: Uint8Array | undefined,
  { ms, outputBytes }: ProgramBounds,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const output: Buffer[] = []
    let length = 0
    let said = ''
    let why: Error | undefined
    const end = (error: Error) => {
      why ??= error
      child.kill('SIGKILL')
      // What it has started may hold these open for ever.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
    }
    const onAbort = () => end(signal.reason)
    const timer = setTimeout(() => end(new ProgramFailed(`took longer than ${ms / 1000} seconds`)), ms)
    signal.addEventListener('abort', onAbort, { once: true })
    child.stdout?.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > outputBytes)
        end(new ProgramFailed(`wrote more than ${Math.round(outputBytes / MEGABYTE)} MB`))
      else output.push(chunk)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-SAID_CHARS)
    })
    // It need not read all, or any of it.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    child.on('error', (cause) => {
      why ??= new ProgramFailed('could not be started', '', { cause })
    })
    child.on('close', (code, killer) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      if (why) reject(why)
      else if (code === 0) resolve(Buffer.concat(output))
      else reject(new ProgramFailed(killer === null ? `failed (${code})` : `was ended by ${killer}`, said))
    })
  })
}

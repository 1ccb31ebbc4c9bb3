/** Where a line's output goes: to the terminal, to a program of this machine, or to a file of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { CliError } from '../command/cli-error.ts'
import type { Outcome } from '../command/exit-codes.ts'
import type { Io, Terminal } from '../command/io.ts'
import type { Line } from './words.ts'

type Run = (io: Io, signal: AbortSignal) => Promise<Outcome>

/** Runs with stdout where the line says. Throws what `run` throws, or a CliError for a file that can't be written. */
export function redirected(line: Line, io: Io, signal: AbortSignal, run: Run): Promise<Outcome> {
  if (line.pipe !== undefined) return intoProgram(line.pipe, io, signal, line.background, run)
  if (line.file) return intoFile(line.file, io, signal, run)
  return run(io, signal)
}

async function intoProgram(
  command: string,
  io: Io,
  signal: AbortSignal,
  background: boolean,
  run: Run,
): Promise<Outcome> {
  const target = (stream: Terminal, own: Terminal) => (stream === own ? 'inherit' : 'pipe')
  // In front at a terminal it may use that, and gets its Ctrl-C. Elsewhere it is ended with all that it starts.
  const ownGroup = background || !io.stdout.isTTY
  const program = spawn('sh', ['-c', command], {
    stdio: ['pipe', target(io.stdout, process.stdout), target(io.stderr, process.stderr)],
    env: io.env,
    detached: ownGroup,
  })
  program.stdout?.pipe(io.stdout, { end: false })
  program.stderr?.pipe(io.stderr, { end: false })
  const stdin = program.stdin as NonNullable<typeof program.stdin>
  const enough = new AbortController()
  stdin.on('error', () => enough.abort())
  const closed = once(program, 'close')
  program.once('exit', () => enough.abort())
  const stop = () => {
    if (program.pid !== undefined && program.exitCode === null && program.signalCode === null)
      process.kill(ownGroup ? -program.pid : program.pid, 'SIGTERM')
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const outcome = await run({ ...io, stdout: stdin }, AbortSignal.any([signal, enough.signal])).catch(
      (error: unknown) => {
        // The program has read what it wanted, as in "| head".
        if (enough.signal.aborted && !signal.aborted) return 'ok' as const
        throw error
      },
    )
    stdin.end()
    const [code] = await closed
    return outcome === 'ok' && code !== 0 ? 'failed' : outcome
  } finally {
    stdin.end()
    await closed
    signal.removeEventListener('abort', stop)
  }
}

/** A file that exists keeps its contents until the new ones are complete, and stays as it is where the command fails. */
async function intoFile(
  { path, append }: NonNullable<Line['file']>,
  io: Io,
  signal: AbortSignal,
  run: Run,
): Promise<Outcome> {
  const refuse = (cause: unknown): never => {
    throw new CliError('failed', `The file ${path} can't be written: ${(cause as Error).message}.`, { cause })
  }
  const before = await stat(path).catch(() => undefined)
  const target = before ? await realpath(path) : path
  // Devices and pipes are written to; only a file can be replaced.
  const direct = append || (before !== undefined && !before.isFile())
  const written = direct ? target : `${target}.${process.pid}.new`
  const file = await open(written, append ? 'a' : 'w', before?.mode).catch(refuse)
  const stream = file.createWriteStream({ flush: !direct })
  const done = finished(stream)
  done.catch(() => {}) // awaited below, after the command
  let outcome: Outcome = 'failed'
  try {
    outcome = await run({ ...io, stdout: stream }, signal)
    stream.end()
    await done.catch(refuse)
    if (!direct && outcome === 'ok') await rename(written, target).catch(refuse)
    return outcome
  } finally {
    stream.destroy()
    if (!direct && outcome !== 'ok') await rm(written, { force: true })
  }
}

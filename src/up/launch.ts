/** Starts a service's process as systemd would: its sockets from descriptor 3 on, in a process group of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { STATUS_FD } from '../host/notify.ts'
import type { Reaper } from './reaper.ts'

export interface Launch {
  command: readonly string[]
  environment: Readonly<Record<string, string>>
  sockets: readonly { fd: number; name: string }[]
  onLine(line: string): void
  /** Takes what the service says that it does, as systemd has it in the status of a unit. */
  onStatus(status: string): void
  /** Called with the process group while there is one. */
  reaper: Pick<Reaper, 'add' | 'remove' | 'mark'>
}

export interface Running {
  /** Settles when the process has ended, with whether it did so without an error. */
  ended: Promise<{ ok: boolean; how: string }>
  /** Sends a signal to the whole process group; does nothing where that is gone. */
  signal(name: NodeJS.Signals): void
}

/**
 * LISTEN_PID must be the pid of the process that gets the sockets, known only once it runs. $0 is the pid of
 * `luca up`: a service whose parent has gone meanwhile must not start.
 */
const SCRIPT = '[ "$PPID" = "$0" ] || exit 1; LISTEN_PID=$$; export LISTEN_PID; exec "$@"'

/** Where the sockets begin, as sd_listen_fds(3) has it. */
const FIRST_FD = 3

export function launch({ command, environment, sockets, onLine, onStatus, reaper }: Launch): Running {
  const child = spawn('/bin/sh', ['-c', SCRIPT, String(process.pid), ...command], {
    cwd: '/',
    detached: true,
    env: {
      ...environment,
      ...reaper.mark,
      LISTEN_FDS: String(sockets.length),
      LISTEN_FDNAMES: sockets.map(({ name }) => name).join(':'),
      [STATUS_FD]: String(FIRST_FD + sockets.length),
    },
    stdio: ['ignore', 'pipe', 'pipe', ...sockets.map(({ fd }) => fd), 'pipe'],
  })
  if (child.pid !== undefined) reaper.add(child.pid)
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', onLine)
  const status = child.stdio[FIRST_FD + sockets.length]
  if (status instanceof Readable) createInterface({ input: status }).on('line', onStatus)
  return { ended: endOf(child, reaper), signal: (name) => signalGroup(child.pid, name) }
}

function endOf(child: ChildProcess, reaper: Launch['reaper']): Promise<{ ok: boolean; how: string }> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, how: `could not be started: ${error.message}` }))
    child.once('exit', (code, signal) => {
      // What a service leaves behind ends with it.
      signalGroup(child.pid, 'SIGKILL')
      if (child.pid !== undefined) reaper.remove(child.pid)
      resolve({ ok: code === 0, how: signal ? `was ended by ${signal}` : `exited with ${code}` })
    })
  })
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

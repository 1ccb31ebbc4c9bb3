/** Processes of the benchmark: started on one processor, measured with all they started, and ended by their id. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

/** What is measured runs on the one, what measures on the other: crossing over costs more than what is measured. */
export const SERVER_CPU = '0'
export const CLIENT_CPU = '1'

const running = new Set<ChildProcess>()
// Nothing stays behind when the benchmark is broken off.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
process.once('exit', () => {
  for (const { pid } of running) process.kill(-(pid as number), 'SIGKILL')
})

/** Starts a command on the servers' processor, in a process group of its own. */
export const startPinned = (command: string, args: readonly string[], cwd?: string): ChildProcess =>
  startAnywhere('taskset', ['-c', SERVER_CPU, command, ...args], cwd)

/** Starts a command, in a process group of its own. */
export function startAnywhere(command: string, args: readonly string[], cwd?: string): ChildProcess {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Ends a process that was started here, and all that it started. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  const late = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), 5000)
  await gone
  clearTimeout(late)
}

/** Runs a program on the clients' processor and gives the JSON that it prints. */
export async function measure<T>(program: string, task: object): Promise<T> {
  const args = ['-c', CLIENT_CPU, process.execPath, program, JSON.stringify(task)]
  const { stdout } = await promisify(execFile)('taskset', args, { maxBuffer: 1 << 26 })
  return JSON.parse(stdout) as T
}

/** A process and all its descendants. */
export function family(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = statOf(pid)?.parent
    if (parent !== undefined) parents.set(pid, parent)
  }
  const found = [root]
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child)
  return found
}

function statOf(pid: number): { parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return { parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }
  } catch {
    return undefined // it has ended meanwhile
  }
}

export const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** Resident memory in MB (10^6 bytes). */
export function residentMb(pid: number): number {
  try {
    const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return (Number(kb ?? 0) * 1024) / 1e6
  } catch {
    return 0
  }
}

/** The most that a process has had in memory, in MB (10^6 bytes). */
export function peakMb(pid: number): number {
  const [, kb] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kb) * 1024) / 1e6
}

/** `utime` and `stime` in /proc are in ticks of 10 ms. */
const TICK_MS = 10

/** Processor time that a process has taken. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * TICK_MS
}

/** Waits until a condition holds; throws with `what` after `seconds`. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  seconds = 30,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const value = await condition()
    if (value) return value as NonNullable<T>
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The process of a server that is not ours: started in a group of its own, and ended with all that it started. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { APPLIANCE_MARK, type LaunchSpec } from '../../contracts/third-party.ts'

/** In the environment of all that a server starts, wherever it moves: what forks and leaves its group has it still. */
const MARK = 'LLMBDO_ADAPTED'
/** How long each step of ending one may take, in milliseconds. */
const STEP_MS = 2000
/** What it sees of this process's environment besides what its owner gave it. */
const INHERITED = ['PATH', 'LANG', 'TZ', 'HOME', 'TMPDIR', APPLIANCE_MARK] as const

export class ForeignProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when the process itself has ended, with how that came: a phrase such as `exited with 1`. */
  readonly ended: Promise<string>
  /** The same, once it is known. */
  how: string | undefined
  /** Why there never was a process, as a sentence. */
  notStarted: string | undefined
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #mark: string
  /** What was found to be of it, by pid: when each began, in the kernel's ticks. */
  #known: ReadonlyMap<number, string> = new Map()
  #ending: Promise<void> | undefined
  #waitsFor = 0

  constructor({ command, args, env, around = {} }: LaunchSpec, cwd: string) {
    this.#mark = randomBytes(12).toString('hex')
    const inherited = INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
    this.#child = spawn(command, args, {
      cwd,
      env: { ...Object.fromEntries(inherited), ...around, ...env, [MARK]: this.#mark },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    const { stdin, stdout, stderr } = this.#child
    this.stdin = stdin
    this.stdout = stdout
    this.stderr = stderr
    stdin.on('error', () => {}) // `ended` reports its end
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.how ??= how
        resolve(this.how)
      }
      this.#child.once('error', (error: NodeJS.ErrnoException) => {
        this.notStarted = whyNotStarted(command, error)
        end(`could not be started (${error.message})`)
      })
      this.#child.once('exit', (code, signal) =>
        end(signal ? `was ended by ${signal}` : `exited with ${code}`),
      )
    })
  }

  /** Reads no more of what it says until all that it must wait for has settled. */
  readNothingUntil(settled: Promise<unknown>): void {
    this.#waitsFor++
    this.stdout.pause()
    const goOn = () => {
      if (--this.#waitsFor === 0) this.stdout.resume()
    }
    settled.then(goOn, goOn)
  }

  /** Ends it because of what it did; `why` continues the sentence "The server …". */
  abandon(why: string): Promise<void> {
    this.how ??= why
    return this.end()
  }

  /** Closes its stdin; what does not end by that gets TERM, and KILL. Resolves when nothing of it is left. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#left() // while it runs, its descendants can be distinguished from others
    this.stdin.end()
    if (!(await this.#goneWithin(STEP_MS))) {
      this.#signalGroup('SIGTERM')
      await this.#goneWithin(STEP_MS)
    }
    this.#signalGroup('SIGKILL')
    // What left the group. It may fork while it is looked for, hence again until none is found.
    for (let round = 0; round < 50; round++) {
      const left = this.#left()
      if (left.length === 0) return
      for (const pid of left) signal(pid, 'SIGKILL')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async #goneWithin(ms: number): Promise<boolean> {
    const { exitCode, signalCode, pid } = this.#child
    if (pid === undefined) return true
    if (exitCode !== null || signalCode !== null) return this.#left().length === 0
    const late = new Promise<false>((resolve) => setTimeout(resolve, ms, false).unref())
    const gone = once(this.#child, 'exit').then(() => true)
    return (await Promise.race([gone, late])) && this.#left().length === 0
  }

  #signalGroup(name: NodeJS.Signals): void {
    if (this.#child.pid !== undefined) signal(-this.#child.pid, name)
  }

  /** What is left of it: processes with the mark, those that were found before, and what any of these started. */
  #left(): number[] {
    const running = processes()
    const mark = `${MARK}=${this.#mark}`
    const ours = running.filter(({ pid, began }) => this.#known.get(pid) === began || carries(pid, mark))
    const pids = new Set(ours.map(({ pid }) => pid))
    for (let before = -1; before < pids.size; ) {
      before = pids.size
      for (const { pid, parent } of running) if (pids.has(parent)) pids.add(pid)
    }
    this.#known = new Map(running.filter(({ pid }) => pids.has(pid)).map(({ pid, began }) => [pid, began]))
    return [...pids]
  }
}

/** What may be done without programs that instructions of servers name, and that a machine may lack. */
const INSTEAD: Readonly<Record<string, string>> = {
  uv: 'Without it, a package that "uvx PACKAGE" runs is installed by pip; a program of your own may run with python3.',
  python: 'Its name may be python3.',
  bun: 'A package that "bunx" runs is installed by npm; a program of your own may run with node.',
  deno: 'A program of your own may run with node.',
  docker:
    'A server may be there as a package of npm or PyPI, too: servers are apart from each other here without containers.',
  podman:
    'A server may be there as a package of npm or PyPI, too: servers are apart from each other here without containers.',
}

function whyNotStarted(command: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES') return `"${command}" is no program that may be run.`
  if (code !== 'ENOENT') return `"${command}" could not be started: ${message}.`
  if (command.includes('/'))
    return `There is no program "${command}", or what its first line names to run it is not there.`
  const why = `There is no program "${command}" on the PATH that the server is given: install it, or name it by its full path.`
  return Object.hasOwn(INSTEAD, command) ? `${why} ${INSTEAD[command]}` : why
}

interface Running {
  pid: number
  parent: number
  began: string
}

/** Every process that can be seen and has not ended (proc_pid_stat(5)). */
function processes(): Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readOf(name, 'stat')
      // The second field is a name in parentheses, with any characters in it.
      const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (parent === undefined || state === 'Z') return []
      return [{ pid: Number(name), parent: Number(parent), began: rest[17] ?? '' }]
    })
}

const carries = (pid: number, variable: string): boolean =>
  readOf(pid, 'environ').split('\0').includes(variable)

/** Empty where the process is another user's, or has ended. */
function readOf(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

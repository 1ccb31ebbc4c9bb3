/** The process of a server that is not ours: started in a group of its own, and ended with all that it started. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'

/** In the environment of all that a server starts, wherever it moves: what forks and leaves its group has it still. */
const MARK = 'LLMBDO_ADAPTED'
/** How long each step of ending one may take, in milliseconds. */
const STEP_MS = 2000
/** What it sees of this process's environment besides what its owner gave it. */
const INHERITED = ['PATH', 'LANG', 'TZ', 'HOME', 'TMPDIR'] as const

export class ForeignProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when the process itself has ended, with how that came: a phrase such as `exited with 1`. */
  readonly ended: Promise<string>
  /** The same, once it is known. */
  how: string | undefined
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #mark: string
  #ending: Promise<void> | undefined

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>, cwd: string) {
    this.#mark = randomBytes(12).toString('hex')
    const inherited = INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
    this.#child = spawn(command, args, {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env, [MARK]: this.#mark },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    const { stdin, stdout, stderr } = this.#child
    this.stdin = stdin
    this.stdout = stdout
    this.stderr = stderr
    stdin.on('error', () => {}) // its end is told by `ended`
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.how = how
        resolve(how)
      }
      this.#child.once('error', (error) => end(`could not be started (${error.message})`))
      this.#child.once('exit', (code, signal) =>
        end(signal ? `was ended by ${signal}` : `exited with ${code}`),
      )
    })
  }

  /** Closes its stdin; what does not end by that gets TERM, and KILL. Resolves when nothing of it is left. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.stdin.end()
    if (!(await this.#goneWithin(STEP_MS))) {
      this.#signalGroup('SIGTERM')
      await this.#goneWithin(STEP_MS)
    }
    this.#signalGroup('SIGKILL')
    // What left the group. It may fork while it is looked for, hence again until none is found.
    for (let round = 0; round < 50; round++) {
      const left = this.#marked()
      if (left.length === 0) return
      for (const pid of left) signal(pid, 'SIGKILL')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async #goneWithin(ms: number): Promise<boolean> {
    const { exitCode, signalCode, pid } = this.#child
    if (pid === undefined) return true
    if (exitCode !== null || signalCode !== null) return this.#marked().length === 0
    const late = new Promise<false>((resolve) => setTimeout(resolve, ms, false).unref())
    const gone = once(this.#child, 'exit').then(() => true)
    return (await Promise.race([gone, late])) && this.#marked().length === 0
  }

  #signalGroup(name: NodeJS.Signals): void {
    if (this.#child.pid !== undefined) signal(-this.#child.pid, name)
  }

  /** The processes that carry the mark. */
  #marked(): number[] {
    const wanted = `${MARK}=${this.#mark}`
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(wanted)
        } catch {
          return false // another user's, or it has ended
        }
      })
      .map(Number)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A machine that has what README.md asks for and nothing else, and a shell on it. */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const ROOT = join(import.meta.dirname, '..')
const LIMIT_MS = 220_000
/** Its tree may have to be made first. */
const START_LIMIT_MS = 320_000

export class BareMachine implements AsyncDisposable {
  /** What lies in root's home is here outside, under the same path. */
  readonly home = mkdtempSync(join(tmpdir(), 'bare-'))
  readonly #shell: ChildProcessByStdio<Writable, Readable, Readable>
  #said = ''
  #heard: () => void = () => {}
  #commands = 0

  private constructor() {
    // Other users of the machine may look into it.
    chmodSync(this.home, 0o755)
    this.#shell = spawn(join(import.meta.dirname, 'bare.sh'), [this.home, 'bash'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    for (const stream of [this.#shell.stdout, this.#shell.stderr])
      stream.on('data', (chunk) => {
        this.#said += chunk
        this.#heard()
      })
    this.#shell.stdin.on('error', () => {}) // told by what it said last
    // In one stream, whose order holds; with job control, so that what runs in the background can be interrupted as by Ctrl-C.
    this.#shell.stdin.write('exec 2>&1; set -m\n')
  }

  /** Starts one; gives it once its shell answers. */
  static async start(): Promise<BareMachine> {
    await using stack = new AsyncDisposableStack()
    const machine = stack.use(new BareMachine())
    await machine.type('echo shell is there', /^shell is there$/m, START_LIMIT_MS)
    stack.move()
    return machine
  }

  /** A repository of the project as it is here, with what is not committed; gives its path. */
  repository(): string {
    const path = join(this.home, 'repository.git')
    const git = (...args: string[]) =>
      execFileSync('git', ['--git-dir', path, '--work-tree', ROOT, ...args], {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'],
      })
    git('-c', 'init.defaultBranch=main', 'init', '--quiet')
    git('add', '--all')
    git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', 'as it is')
    git('config', 'core.bare', 'true')
    return path
  }

  /** Types a line into the shell; gives what is said from then on until this is among it. */
  async type(line: string, until: RegExp, limitMs = LIMIT_MS): Promise<string> {
    const from = this.#said.length
    // Commands must not read what is for the shell.
    this.#shell.stdin.write(`{ ${line}\n} </dev/null\n`)
    const late = AbortSignal.timeout(limitMs)
    while (!until.test(this.#said.slice(from))) {
      if (late.aborted || this.#shell.exitCode !== null)
        throw new Error(`"${line}" never said ${until}, but:\n${this.#said.slice(from)}`)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
        setTimeout(resolve, 1000).unref()
      })
    }
    return this.#said.slice(from)
  }

  /** Runs a command to its end. */
  async run(command: string): Promise<{ code: number; said: string }> {
    const mark = `ended-${++this.#commands}`
    const said = await this.type(`${command}; echo ${mark}=$?`, new RegExp(`^${mark}=\\d+$`, 'm'))
    const [text = '', code] = said.split(`${mark}=`)
    return { code: Number.parseInt(code ?? '', 10), said: text }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shell.exitCode === null) {
      const gone = once(this.#shell, 'exit')
      this.#shell.kill('SIGKILL')
      await gone
    }
    // What makes its tree may hold them still, where that was cut short.
    for (const stream of [this.#shell.stdin, this.#shell.stdout, this.#shell.stderr]) stream.destroy()
    rmSync(this.home, { recursive: true, force: true })
  }
}

/** A booted system in a container, and commands in it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A boot takes seconds; with the trees to be made before it, two minutes. */
const BOOT_MS = 300_000
const COMMAND_MS = 60_000

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** As whom; root without. */
  user?: string
  input?: string
  /** How long it may take, in milliseconds. */
  timeoutMs?: number
}

export class System {
  /** What the machine's root is outside. */
  readonly root: string
  readonly #work: string
  readonly #boot: ChildProcess
  readonly #leader: number

  private constructor(work: string, boot: ChildProcess, leader: number) {
    this.#work = work
    this.root = join(work, 'root')
    this.#boot = boot
    this.#leader = leader
  }

  /**
   * Boots one and waits until all that starts by itself has started. With `ocr` it is as an image that was built with OCR=1. Throws with the
   * log of the boot.
   */
  static async boot({ ocr = false } = {}): Promise<System> {
    const work = mkdtempSync(join(tmpdir(), 'nspawn-'))
    const boot = spawn(join(import.meta.dirname, 'boot.sh'), [work], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, OCR: ocr ? '1' : '' },
    })
    let log = ''
    for (const stream of [boot.stdout, boot.stderr])
      stream.on('data', (chunk) => {
        log += chunk
      })
    const deadline = Date.now() + BOOT_MS
    try {
      for (;;) {
        if (boot.exitCode !== null) throw new Error('the container ended')
        if (Date.now() > deadline) throw new Error(`it took longer than ${BOOT_MS} ms`)
        const leader = log.includes('Reached target') ? initOf(boot.pid as number) : undefined
        if (leader !== undefined) {
          const system = new System(work, boot, leader)
          const { stdout } = await system.run(['systemctl', 'is-system-running', '--wait'])
          if (/^(running|degraded)$/.test(stdout.trim())) return system
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    } catch (cause) {
      boot.kill('SIGKILL')
      throw new Error(`The system did not boot: ${(cause as Error).message}\n${log.slice(-5000)}`, { cause })
    }
  }

  /** Runs a command in it; never throws for what the command makes of it. */
  run(command: readonly string[], { user, input, timeoutMs = COMMAND_MS }: RunOptions = {}): Promise<Ran> {
    const [program = '', ...args] = this.entering(command, user)
    return new Promise((resolve) => {
      const options = { timeout: timeoutMs, maxBuffer: 1 << 26, cwd: '/' }
      const child = execFile(program, args, options, (error, stdout, stderr) =>
        resolve({ code: error ? Number(child.exitCode ?? -1) : 0, stdout, stderr }),
      )
      child.stdin?.on('error', () => {}) // a command need not read
      child.stdin?.end(input ?? '')
    })
  }

  /** What runs a command in it, outside: for a terminal of its own. */
  entering(command: readonly string[], user?: string): string[] {
    const as = user === undefined ? [] : ['runuser', '-u', user, '--']
    return ['nsenter', '--target', String(this.#leader), '--all', '--', ...as, ...command]
  }

  /** What a command wrote. Throws where it failed. */
  async out(command: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, options)
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr}${stdout}`)
    return stdout.trim()
  }

  /** A property of a unit, as systemd shows it. */
  show(unit: string, property: string): Promise<string> {
    return this.out(['systemctl', 'show', '--value', `--property=${property}`, unit])
  }

  /** The process of a server itself, below the one that keeps its sandbox; 0 while it sleeps. */
  async programOf(unit: string): Promise<number> {
    const first = await this.show(unit, 'MainPID')
    if (first === '0') return 0
    const { stdout } = await this.run(['pgrep', '--parent', first])
    return Number(stdout.trim().split('\n')[0])
  }

  async isAsleep(unit: string): Promise<boolean> {
    return (await this.show(unit, 'StatusText')) === 'asleep'
  }

  /** Ends a server as its idle time would, unless that has ended it; its sandbox stays. */
  async putToSleep(unit: string): Promise<void> {
    const program = await this.programOf(unit)
    if (program !== 0) await this.run(['kill', String(program)])
    await this.until(`${unit} sleeps`, () => this.isAsleep(unit))
  }

  /** Writes a file in it; folders on the way are made. */
  async put(path: string, text: string): Promise<void> {
    await this.out(['mkdir', '-p', dirname(path)])
    await this.out(['tee', path], { input: text })
  }

  /** Puts what is in a folder outside into one in it. */
  copyIn(from: string, to: string): void {
    cpSync(from, join(`/proc/${this.#leader}/root`, to), { recursive: true, verbatimSymlinks: true })
  }

  /** Waits until something holds, and gives it. Throws with `what` after 30 s. */
  async until<T>(what: string, condition: () => Promise<T>): Promise<NonNullable<T>> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const value = await condition()
      if (value) return value as NonNullable<T>
      if (Date.now() > deadline)
        throw new Error(
          `Waited in vain until ${what}.\n${await this.out(['journalctl', '-b', '-n', '40', '-o', 'cat'])}`,
        )
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** Waits until it has ended by itself. */
  async ended(): Promise<void> {
    if (this.#boot.exitCode === null) await once(this.#boot, 'exit')
  }

  async stop(): Promise<void> {
    if (this.#boot.exitCode === null) {
      process.kill(this.#leader, 'SIGKILL')
      await this.ended()
    }
    // What it had open goes with its namespaces, a moment later.
    rmSync(this.#work, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/** The first process of the container: the child of systemd-nspawn, which took the place of the script. */
function initOf(nspawn: number): number | undefined {
  const children = readFileSync(`/proc/${nspawn}/task/${nspawn}/children`, 'utf8').trim().split(' ')
  return children
    .map(Number)
    .find((pid) => /systemd\0?$/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? ''))
}

/** luca at a terminal of its own, which `script` makes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ROOT, until } from './appliance.ts'

export class Terminal {
  readonly #child: ChildProcess
  #screen = ''

  /** Runs luca with these words, none of which needs quotes, and its history in the folder `state`. */
  constructor(words: readonly string[], state: string) {
    const command = `exec ${join(ROOT, 'bin/luca')} ${words.join(' ')}`
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', LLMBDO_STATE: state },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.stdout?.on('data', (chunk) => {
      this.#screen += chunk
    })
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Waits until the screen shows this, and forgets what came before. */
  async shows(what: RegExp): Promise<void> {
    try {
      await until(`the terminal shows ${what}`, () => what.test(this.#screen))
    } catch (cause) {
      throw new Error(`The terminal never showed ${what}, but ${JSON.stringify(this.#screen)}.`, { cause })
    }
    const found = what.exec(this.#screen)
    this.#screen = this.#screen.slice((found?.index ?? 0) + (found?.[0].length ?? 0))
  }

  /** The exit code, once luca has ended. */
  async ended(): Promise<number> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode ?? -1
  }

  /** Closes the window. */
  close(): void {
    this.#child.kill('SIGKILL')
  }
}

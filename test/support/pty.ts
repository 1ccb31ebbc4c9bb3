/** A pseudo-terminal, and a program in it that has it as its own, as under a window or SSH. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import koffi from 'koffi'

const TIOCSWINSZ = 0x5414
const F_SETFD = 2
const FD_CLOEXEC = 1
const libc = koffi.load('libc.so.6')
const openpty = libc.func(
  'int openpty(_Out_ int *master, _Out_ int *slave, void *name, void *modes, uint16_t *size)',
)
const fcntl = libc.func('int fcntl(int fd, int command, int flags)')
const ioctl = libc.func('int ioctl(int fd, unsigned long request, uint16_t *size)')

export interface PtyOptions {
  columns: number
  rows: number
  env: NodeJS.ProcessEnv
  onData(bytes: Buffer): void
}

export class Pty {
  readonly child: ChildProcess
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly #master: number
  readonly #stream: ReadStream

  constructor(command: string, args: readonly string[], { columns, rows, env, onData }: PtyOptions) {
    const master: number[] = [0]
    const slave: number[] = [0]
    if (openpty(master, slave, null, null, [rows, columns, 0, 0]) !== 0) throw new Error('openpty failed')
    this.#master = master[0] as number
    const [fd] = slave as [number]
    // A child that has the window's own end keeps it open.
    for (const one of [this.#master, fd]) fcntl(one, F_SETFD, FD_CLOEXEC)
    // With a session of its own, the program gets the signals of this terminal.
    this.child = spawn('setsid', ['-c', '-w', command, ...args], { stdio: [fd, fd, fd], env })
    this.exited = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => resolve({ code, signal })),
    )
    closeSync(fd)
    this.#stream = new ReadStream(this.#master)
    this.#stream.on('data', onData)
    this.#stream.on('error', () => {}) // EIO: the program has gone
  }

  write(bytes: string | Buffer): void {
    this.#stream.write(bytes)
  }

  resize(columns: number, rows: number): void {
    if (ioctl(this.#master, TIOCSWINSZ, [rows, columns, 0, 0]) !== 0) throw new Error('TIOCSWINSZ failed')
  }

  /** Closes the window under the program. */
  hangUp(): void {
    this.#stream.destroy()
  }

  /** Ends the program, if it has not ended, and closes the window. */
  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL')
    await this.exited
    this.hangUp()
  }
}

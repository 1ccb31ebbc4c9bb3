/** Starts a server for whoever connects, as systemd does: it holds the socket and passes it on. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from './until.ts'

/** Binds the socket, then again and again: waits for a connection, runs the server, tells how that ended. */
const SCRIPT = `
import os, select, socket, subprocess, sys
path, command = sys.argv[1], sys.argv[2:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(128)
os.dup2(listener.fileno(), 3)
wrapper = ['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=mcp exec "$@"', 'sh']
print('listening', flush=True)
while True:
    select.select([3], [], [])
    child = subprocess.Popen(wrapper + command, pass_fds=[3])
    print('started', child.pid, flush=True)
    print('ended', child.wait(), flush=True)
`

const SAMPLE = fileURLToPath(new URL('sample-main.ts', import.meta.url))

export class Activator {
  /** Process ids of the servers that were started. */
  readonly started: number[] = []
  /** Exit codes of those that ended; negative for a signal. */
  readonly ended: number[] = []
  /** What they wrote to stderr. */
  said = ''
  readonly #process: ChildProcess
  #listening = false

  /** `main` is the server's main module. */
  constructor(socketPath: string, env: Record<string, string>, main = SAMPLE) {
    this.#process = spawn('python3', ['-c', SCRIPT, socketPath, process.execPath, main], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process.stderr?.on('data', (chunk) => {
      this.said += chunk
    })
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const [event, value] = line.split(' ')
      if (event === 'listening') this.#listening = true
      if (event === 'started') this.started.push(Number(value))
      if (event === 'ended') this.ended.push(Number(value))
    })
  }

  async ready(): Promise<void> {
    await until('the activator listens', () => this.#listening)
  }

  /** Signals the server that runs now. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.started.at(-1) as number, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
    if (this.started.length > this.ended.length) this.signal('SIGKILL')
  }
}

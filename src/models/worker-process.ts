/** A process that holds a model, seen from whoever started it. */
import { type ChildProcess, fork } from 'node:child_process'
import type { ChatDelta } from '../protocol/model-delta.ts'
import {
  type Engine,
  EngineError,
  type EngineMethod,
  type FromEngine,
  type Gpu,
  type GpuChoice,
  type Loaded,
  type LoadOptions,
} from './engine.ts'

/** How long a cancelled request may take to end before its process is ended, in milliseconds. */
const CANCEL_WITHIN_MS = 10_000
/** What the process has no use for, and should not see. */
const WITHHELD = /^(LISTEN_|NOTIFY_SOCKET|LLMBDO_STATUS_FD|WATCHDOG_|CREDENTIALS_DIRECTORY|STATE_DIRECTORY)/

interface Pending {
  resolve(answer: never): void
  reject(error: unknown): void
  onDelta(delta: ChatDelta): void
  /** Runs while it must be heard of. */
  late?: NodeJS.Timeout | undefined
}

export interface RequestOptions {
  signal?: AbortSignal
  onDelta?: (delta: ChatDelta) => void
}

const unusable = (why: string): EngineError =>
  new EngineError(
    'invalid_request',
    `The grammar or JSON schema can't be used: llama.cpp ${why}. Make it simpler; what nests deeply, can be read in many ways or matches nothing costs most.`,
  )

export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #nextId = 0
  #loading = true
  /** Settles when the process has ended. */
  readonly ended: Promise<void>
  hasEnded = false

  private constructor(program: string) {
    this.#child = fork(program, [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !WITHHELD.test(name))),
    })
    this.#child.on('message', (message: FromEngine) => this.#receive(message))
    this.#child.on('error', () => this.kill())
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#child.once('exit', (code, signal) => {
      this.hasEnded = true
      const error = this.#reasonOf(code, signal)
      const crashed = signal === 'SIGSEGV' || signal === 'SIGABRT' || signal === 'SIGBUS'
      for (const { reject, late } of this.#pending.values()) {
        clearTimeout(late)
        reject(crashed && late !== undefined ? unusable('was ended by it') : error)
      }
      this.#pending.clear()
      resolve()
    })
  }

  /** Starts the program of servers/llm-local/worker. Rejects with an EngineError; no process is left then. */
  static async start(
    program: string,
    choice: GpuChoice,
  ): Promise<{ worker: WorkerProcess; gpu: Gpu | undefined }> {
    const worker = new WorkerProcess(program)
    try {
      return { worker, ...(await worker.request('open', { gpu: choice })) }
    } catch (error) {
      await worker.kill()
      throw error
    }
  }

  /** Has it load a model, once. Rejects with an EngineError; no process is left then. */
  async load(options: LoadOptions): Promise<Loaded> {
    try {
      const loaded = await this.request('load', options)
      this.#loading = false
      return loaded
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  /**
   * Asks the process. Rejects with its EngineError, or with one that says that it died. After the signal's abort it settles
   * once the process has stopped working on it.
   */
  request<M extends EngineMethod>(
    method: M,
    request: Engine[M]['request'],
    { signal, onDelta = () => {} }: RequestOptions = {},
  ): Promise<Engine[M]['answer']> {
    const id = this.#nextId++
    let timer: NodeJS.Timeout | undefined
    const onAbort = () => {
      this.#send({ cancel: id })
      clearTimeout(this.#pending.get(id)?.late)
      timer = setTimeout(() => this.kill(), CANCEL_WITHIN_MS)
    }
    return new Promise<Engine[M]['answer']>((resolve, reject) => {
      if (this.hasEnded) throw this.#reasonOf(null, null)
      this.#pending.set(id, { resolve, reject, onDelta })
      this.#send({ id, method, request })
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted) onAbort()
    }).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    })
  }

  /** Ends the process at once, with all that it is working on. */
  kill(): Promise<void> {
    if (this.#child.pid === undefined) return Promise.resolve()
    this.#child.kill('SIGKILL')
    return this.ended
  }

  /** A call of llama.cpp that does not return can't be cancelled: the process is ended, and the next request starts it anew. */
  #endStuck(id: number): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    this.kill().then(() => pending?.reject(unusable('takes too long with it')))
  }

  #send(message: unknown): void {
    // Its exit says why it ends.
    if (this.#child.connected) this.#child.send(message as object, () => {})
  }

  #receive(message: FromEngine): void {
    const pending = this.#pending.get(message.id)
    if (!pending) return
    if ('nextWithinMs' in message) {
      clearTimeout(pending.late)
      const { nextWithinMs: ms } = message
      pending.late = ms === null ? undefined : setTimeout(() => this.#endStuck(message.id), ms)
      return
    }
    if ('delta' in message) {
      pending.onDelta(message.delta)
      return
    }
    this.#pending.delete(message.id)
    clearTimeout(pending.late)
    if ('answer' in message) pending.resolve(message.answer as never)
    else {
      const { code, message: text, details } = message.error
      pending.reject(new EngineError(code, text, { details }))
    }
  }

  #reasonOf(code: number | null, signal: NodeJS.Signals | null): EngineError {
    const cause = new Error(signal === null ? `exit code ${code}` : signal)
    if (this.#loading)
      return new EngineError(
        'bad_model_file',
        'llama.cpp could not cope with this model file and was ended by it. Get it anew with "luca model pull", or choose another one.',
        { cause },
      )
    return new EngineError(
      'worker_died',
      'The process with the model ended unexpectedly. The next request starts it anew; if this repeats, the model may be too large for this machine, or its file damaged.',
      { cause },
    )
  }
}

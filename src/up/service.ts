/**
 * One service and its sockets: asleep until someone connects, then running; after an exit asleep again, after a
 * failure only once a growing delay is over. Connections wait in the sockets' queues meanwhile.
 */

import type { Running } from './launch.ts'
import type { Poller } from './poller.ts'
import { type RestartPolicy, restartDelay } from './units/service-unit.ts'

/** A service that ran this long was well: the delay begins anew. In milliseconds. */
const WELL_AFTER_MS = 10_000
/** One that exits sooner than this did nothing, whatever it says; without a delay it could do so for ever. */
const TOO_SOON_MS = 100

export interface ServiceOptions {
  restart: RestartPolicy
  stopTimeoutMs: number
  /** Its sockets' descriptors. */
  sockets: readonly number[]
  /** Starts it at once, and again after a failure, instead of on a connection. */
  eager: boolean
  launch(): Running
  poller: Pick<Poller, 'watch' | 'unwatch'>
  /** Called at each end. */
  onStopped?(): void
  /** Called at each end that was not asked for. */
  onEnd?(how: string, ok: boolean): void
  log(line: string): void
}

export class Service {
  readonly #options: ServiceOptions
  #running: Running | undefined
  #ended: Promise<void> = Promise.resolve()
  #delay: NodeJS.Timeout | undefined
  #failures = 0
  #stopped = false

  constructor(options: ServiceOptions) {
    this.#options = options
    if (options.eager) this.#start()
    else this.#sleep()
  }

  /** Ends its processes without waiting, when this process has no time left. */
  kill(): void {
    this.#running?.signal('SIGKILL')
  }

  /** Ends it for good: TERM, and KILL once its time is over or `now` aborts. Resolves when it has ended. */
  async stop(now: AbortSignal): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#delay)
    for (const fd of this.#options.sockets) this.#options.poller.unwatch(fd)
    const running = this.#running
    if (!running) return
    const kill = () => running.signal('SIGKILL')
    const timer = setTimeout(() => {
      this.#options.log(`did not end within ${this.#options.stopTimeoutMs} ms and is killed`)
      kill()
    }, this.#options.stopTimeoutMs)
    now.addEventListener('abort', kill, { once: true })
    running.signal(now.aborted ? 'SIGKILL' : 'SIGTERM')
    await this.#ended
    clearTimeout(timer)
    now.removeEventListener('abort', kill)
  }

  #sleep(): void {
    for (const fd of this.#options.sockets) this.#options.poller.watch(fd, () => this.#start())
  }

  #start(): void {
    if (this.#running || this.#stopped) return
    for (const fd of this.#options.sockets) this.#options.poller.unwatch(fd)
    const started = performance.now()
    const running = this.#options.launch()
    this.#running = running
    this.#ended = running.ended.then(({ ok, how }) => {
      this.#running = undefined
      this.#options.onStopped?.()
      if (!this.#stopped) this.#endedAlone(ok, how, performance.now() - started)
    })
  }

  #endedAlone(ok: boolean, how: string, ranMs: number): void {
    const { eager, restart, onEnd, log } = this.#options
    onEnd?.(how, ok)
    if (ok || ranMs >= WELL_AFTER_MS) this.#failures = 0
    if (ok && ranMs >= TOO_SOON_MS) {
      this.#sleep()
      return
    }
    const delay = restartDelay(restart, ++this.#failures)
    log(`${how}; it can start again in ${delay} ms`)
    this.#delay = setTimeout(() => {
      if (eager && !ok && restart.onFailure) this.#start()
      else this.#sleep()
    }, delay)
  }
}

/** Tells when a client has connected to a socket on which no process accepts. One poll for all sockets. */
import { closeSync, readSync } from 'node:fs'
import { openEvent, pollReadable, signalEvent } from '../host/listening-sockets.ts'

export class Poller {
  readonly #waiting = new Map<number, () => void>()
  readonly #wake = openEvent()
  /** A poll that still waits would keep the process from ending, whatever it ends for. */
  readonly #onExit = () => signalEvent(this.#wake)
  #running = false
  #ended: Promise<void> = Promise.resolve()
  #closed = false

  constructor() {
    process.once('exit', this.#onExit)
  }

  /** Calls `onReadable` once, as soon as a connection waits on the socket. */
  watch(fd: number, onReadable: () => void): void {
    this.#waiting.set(fd, onReadable)
    this.#restart()
  }

  unwatch(fd: number): void {
    if (this.#waiting.delete(fd)) this.#restart()
  }

  /** Resolves when no descriptor is used any more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.clear()
    if (this.#running) signalEvent(this.#wake)
    await this.#ended
    process.removeListener('exit', this.#onExit)
    closeSync(this.#wake)
  }

  #restart(): void {
    if (this.#running) signalEvent(this.#wake)
    else this.#ended = this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    while (!this.#closed && this.#waiting.size > 0) {
      for (const fd of await pollReadable([this.#wake, ...this.#waiting.keys()])) {
        if (fd === this.#wake) readSync(fd, Buffer.alloc(8))
        const onReadable = this.#waiting.get(fd)
        this.#waiting.delete(fd)
        onReadable?.()
      }
    }
    this.#running = false
  }
}

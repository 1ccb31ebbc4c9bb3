/** Accepts connections on listening sockets, and stops doing so without losing one. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { ServerConnection } from './connection.ts'
import { IdleTimer } from './idle.ts'
import type { Service } from './service.ts'

export class Acceptor {
  readonly #service: Service
  readonly #listeners: Server[] = []
  readonly #connections = new Set<ServerConnection>()
  readonly #idle: IdleTimer
  #isListening = false

  /** `onIdle` is called once there was nothing to do for so many seconds; 0 for never. */
  constructor(service: Service, idleSeconds: number, onIdle: () => void) {
    this.#service = service
    this.#idle = new IdleTimer(idleSeconds, onIdle)
    service.background.onWork(() => this.#look())
  }

  /** Listens on inherited descriptors. Rejects if one is no listening socket. */
  async listen(descriptors: readonly number[]): Promise<void> {
    for (const fd of descriptors) {
      const listener = createServer((socket) => this.accept(socket))
      this.#listeners.push(listener)
      listener.listen({ fd })
      await once(listener, 'listening')
    }
    this.#isListening = true
    this.#look()
  }

  accept(stream: Duplex): void {
    const connection = new ServerConnection(stream, this.#service)
    this.#connections.add(connection)
    this.#look()
    connection.closed.then(() => {
      this.#connections.delete(connection)
      this.#look()
    })
  }

  /** The idle time runs from when no client is connected, and nothing goes on in the background. */
  #look(): void {
    const isIdle = this.#connections.size === 0 && this.#service.background.works.length === 0
    if (!isIdle || !this.#isListening) this.#idle.stop()
    else if (!this.#idle.isRunning) this.#idle.start()
  }

  /**
   * Tells works in the background to stop, stops accepting, and serves who is connected to the end, for `graceMs` at most. Who connects after that
   * waits in the inherited socket, which stays open outside, for the next process.
   */
  async stop(graceMs: number): Promise<void> {
    this.#isListening = false
    this.#look()
    // First, since works have as long as the calls have.
    this.#service.background.stop()
    for (const listener of this.#listeners) listener.close()
    this.#service.subscriptions.endAll()
    await Promise.all([...this.#connections].map((connection) => connection.stop(graceMs)))
  }
}

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

  /** `onIdle` is called once nobody has been connected for so many seconds; 0 for never. */
  constructor(service: Service, idleSeconds: number, onIdle: () => void) {
    this.#service = service
    this.#idle = new IdleTimer(idleSeconds, onIdle)
  }

  /** Listens on inherited descriptors. Rejects if one is no listening socket. */
  async listen(descriptors: readonly number[]): Promise<void> {
    for (const fd of descriptors) {
      const listener = createServer((socket) => this.accept(socket))
      this.#listeners.push(listener)
      listener.listen({ fd })
      await once(listener, 'listening')
    }
    this.#idle.start()
  }

  accept(stream: Duplex): void {
    this.#idle.stop()
    const connection = new ServerConnection(stream, this.#service)
    this.#connections.add(connection)
    connection.closed.then(() => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#idle.start()
    })
  }

  /**
   * Stops accepting and serves who is connected to the end, for `graceMs` at most. Who connects after that
   * waits in the inherited socket, which stays open outside, for the next process.
   */
  async stop(graceMs: number): Promise<void> {
    for (const listener of this.#listeners) listener.close()
    this.#service.subscriptions.endAll()
    await Promise.all([...this.#connections].map((connection) => connection.stop(graceMs)))
    this.#idle.stop()
  }
}

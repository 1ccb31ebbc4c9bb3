/** The line mode's way to the gateway: connects by itself, and again after it was lost. */
import { GatewayLink } from '../command/link.ts'
import { PRODUCT } from '../command/version.ts'

/** How long to wait before trying again, in milliseconds: the first time, and at most. */
const RETRY_MS = 500
const MAX_RETRY_MS = 10_000

export class ReconnectingGateway {
  readonly #socket: string
  /** Called when the connection is made or lost. */
  onChange: () => void = () => {}
  #link: GatewayLink | undefined
  #opening: Promise<GatewayLink> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(socket: string) {
    this.#socket = socket
  }

  get isConnected(): boolean {
    return this.#link?.isOpen ?? false
  }

  /** The connection, made where there is none. Throws a CliError where no gateway answers. */
  link(): Promise<GatewayLink> {
    if (this.#link?.isOpen) return Promise.resolve(this.#link)
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  /** Gives up the connection, if there is one, and makes a new one. */
  async reconnect(): Promise<void> {
    this.#link?.close()
    this.#link = undefined
    await this.link()
  }

  /** Connects now, and again whenever the connection is lost, until `close`. */
  keepConnected(): Promise<void> {
    return this.#keep(RETRY_MS)
  }

  close(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#link?.close()
  }

  async #open(): Promise<GatewayLink> {
    const link = await GatewayLink.open(this.#socket, PRODUCT)
    if (this.#stopped) link.close()
    this.#link = link
    this.onChange()
    return link
  }

  async #keep(retryMs: number): Promise<void> {
    try {
      const link = await this.link()
      void link.closed.then(() => {
        if (this.#stopped) return
        this.onChange()
        this.#tryIn(RETRY_MS)
      })
    } catch {
      this.#tryIn(retryMs)
    }
  }

  #tryIn(ms: number): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#keep(Math.min(ms * 2, MAX_RETRY_MS)), ms)
  }
}

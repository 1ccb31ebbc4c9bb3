/** A client that sends any bytes and gives the answers, message by message. */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { CURRENT_VERSION, META } from '../../protocol/mcp.ts'
import { MessageReader } from '../../protocol/message-reader.ts'

export const CURRENT_META = { [META.version]: CURRENT_VERSION, [META.clientCapabilities]: {} }

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
type Json = any

export class RawClient {
  readonly stream: Duplex
  readonly #received: Json[] = []
  readonly #waiting: ((message: Json) => void)[] = []
  readonly #reader: MessageReader

  constructor(stream: Duplex) {
    this.stream = stream
    this.#reader = new MessageReader({
      onText: (text) => this.#take(JSON.parse(text)),
      onRefused: (error) => this.#take({ refused: error }),
    })
    stream.on('data', (chunk: Buffer) => this.#reader.push(chunk))
    stream.on('error', () => {})
  }

  /** How the server ended its first message. */
  get terminator(): string {
    return this.#reader.terminator
  }

  send(text: string | Buffer): void {
    this.stream.write(text)
  }

  request(id: unknown, method: string, params: object = {}): void {
    this.send(
      `${JSON.stringify({ jsonrpc: '2.0', id, method, params: { _meta: CURRENT_META, ...params } })}\n`,
    )
  }

  notify(method: string, params: object): void {
    this.send(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`)
  }

  /** The next message, in the order of arrival. */
  next(): Promise<Json> {
    const message = this.#received.shift()
    return message === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(message)
  }

  /** Whatever came and was not taken. */
  get left(): readonly Json[] {
    return this.#received
  }

  async closed(): Promise<void> {
    if (!this.stream.closed) await once(this.stream, 'close')
  }

  #take(message: Json): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(message)
    else this.#received.push(message)
  }
}

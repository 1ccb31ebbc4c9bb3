/** A byte stream in the shape of the official packages' `Transport`: one JSON text a line. */
import type { Duplex } from 'node:stream'
import { MessageReader } from '../protocol/message-reader.ts'

export class StreamTransport {
  // biome-ignore lint/suspicious/noExplicitAny: the official packages' message type is not known here
  onmessage?: ((message: any) => void) | undefined
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  readonly #stream: Duplex

  constructor(stream: Duplex) {
    this.#stream = stream
  }

  async start(): Promise<void> {
    const reader = new MessageReader({
      // Each in a turn of its own: the official client handles an answer before the progress that came with it.
      onText: (text) => setImmediate(() => this.onmessage?.(JSON.parse(text))),
      onRefused: ({ message }) => this.onerror?.(new Error(message)),
    })
    this.#stream.on('data', (chunk: Buffer) => reader.push(chunk))
    this.#stream.on('error', (error) => this.onerror?.(error))
    this.#stream.once('end', () => this.#stream.destroy())
    this.#stream.once('close', () => this.onclose?.())
  }

  async send(message: object): Promise<void> {
    this.#stream.write(`${JSON.stringify(message)}\n`)
  }

  async close(): Promise<void> {
    this.#stream.destroy()
  }
}

/**
 * MCP over the stdin and stdout of a process (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports),
 * for the official client. Such servers print all sorts of things: what is no message is passed over and said once.
 */
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import { parseExactly } from '../../protocol/exact-json.ts'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { MessageReader } from '../../protocol/message-reader.ts'
import { tooLong } from '../../protocol/message-text.ts'
import { isRecord } from '../../protocol/values.ts'
import type { ForeignProcess } from './processes.ts'

/** How much of what it prints to stderr is kept for the log, in characters a line and in lines a minute. */
const MAX_LINE = 500
const MAX_LINES_A_MINUTE = 60
const MINUTE_MS = 60_000

export interface TransportLog {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
}

export class StdioTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  readonly #process: ForeignProcess
  readonly #log: TransportLog
  #closed = false
  #saidRubbish = false

  constructor(process: ForeignProcess, log: TransportLog) {
    this.#process = process
    this.#log = log
  }

  async start(): Promise<void> {
    const reader = new MessageReader({
      onText: (text) => this.#receive(text),
      onRefused: ({ message }) => (message === tooLong().message ? this.#tooLong() : this.#rubbish(message)),
    })
    // Its first line may be anything; a newline ends it all the same.
    reader.push(Buffer.from('\n'))
    this.#process.stdout.on('data', (chunk: Buffer) => reader.push(chunk))
    this.#watchStderr()
    this.#process.ended.then((how) => this.#end(new Error(`The server ${how}.`)))
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#closed) throw new Error('The server has ended.')
    this.#process.stdin.write(`${JSON.stringify(message)}\n`)
  }

  async close(): Promise<void> {
    await this.#process.end()
    this.#end()
  }

  #receive(text: string): void {
    let message: unknown
    try {
      message = parseExactly(text)
    } catch {
      return void this.#rubbish('a line is not JSON')
    }
    for (const one of Array.isArray(message) ? message : [message])
      if (isRecord(one) && one.jsonrpc === '2.0') this.onmessage?.(one as JSONRPCMessage)
      else this.#rubbish('a line is no message of JSON-RPC')
  }

  /** It may have been an answer, and nobody can tell whose: all that wait for one are told. */
  #tooLong(): void {
    void this.#process.abandon(`was ended, since it sent a message of more than ${MAX_MESSAGE_BYTES} bytes`)
    this.#end(new Error('The server sent a message that is too long.'))
  }

  #rubbish(why: string): void {
    if (this.#saidRubbish) return
    this.#saidRubbish = true
    this.#log.warn({ why }, 'the server prints to stdout what is no message; such lines are passed over')
  }

  /** Lines for the log, and no more of them than anyone reads. */
  #watchStderr(): void {
    let line = ''
    let lines = 0
    let since = Date.now()
    this.#process.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (Date.now() - since > MINUTE_MS) {
        lines = 0
        since = Date.now()
      }
      if (lines > MAX_LINES_A_MINUTE) return
      line += chunk
      const parts = line.split('\n')
      line = (parts.pop() ?? '').slice(0, MAX_LINE)
      for (const part of parts) {
        if (++lines > MAX_LINES_A_MINUTE) {
          line = ''
          return void this.#log.warn({}, 'the server floods stderr; the rest of this minute is passed over')
        }
        this.#log.info({ stderr: part.slice(0, MAX_LINE) }, 'the server says')
      }
    })
  }

  #end(error?: Error): void {
    if (this.#closed) return
    this.#closed = true
    if (error) this.onerror?.(error)
    this.onclose?.()
  }
}

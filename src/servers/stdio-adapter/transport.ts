/**
 * MCP over the stdin and stdout of a process (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports),
 * for the official client. Such servers print all sorts of things: what is no message is passed over and said once.
 */
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import { parseExactly } from '../../protocol/exact-json.ts'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { MessageReader } from '../../protocol/message-reader.ts'
import { tooLong } from '../../protocol/message-text.ts'
import { Waiting } from './answers.ts'
import type { ForeignProcess } from './processes.ts'

/** How much of what it prints to stderr is kept for the log, in characters a line and in lines a minute. */
const MAX_LINE = 500
const MAX_LINES_A_MINUTE = 60
const MINUTE_MS = 60_000

/** What it may leave unread of what it is sent, in bytes: one that asks and does not read would fill this process. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024

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
  readonly #onWords: ((line: string) => void) | undefined
  readonly #waiting = new Waiting()
  #closed = false
  #saidRubbish = false

  /** `onWords` is given what it prints to stderr, as far as that goes to the log. */
  constructor(process: ForeignProcess, log: TransportLog, onWords?: (line: string) => void) {
    this.#process = process
    this.#log = log
    this.#onWords = onWords
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
    const { stdin } = this.#process
    if (stdin.writableLength > MAX_UNREAD_BYTES) {
      void this.#process.abandon(`was ended, since it left more than ${MAX_UNREAD_BYTES} bytes unread`)
      throw new Error('The server does not read what it is sent.')
    }
    this.#waiting.sent(message)
    stdin.write(`${JSON.stringify(message)}\n`)
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
      const read = this.#waiting.readBroken(text)
      if (read) this.onmessage?.(read)
      else this.#rubbish('a line is not JSON')
      return
    }
    for (const one of Array.isArray(message) ? message : [message]) {
      const read = this.#waiting.read(one)
      if (read) this.onmessage?.(read)
      else this.#rubbish('a line is no message of JSON-RPC, or answers nothing that was asked')
    }
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
        this.#onWords?.(part.slice(0, MAX_LINE))
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

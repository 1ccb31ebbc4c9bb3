/**
 * MCP over the stdin and stdout of a process (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports),
 * for the official client. Such servers print all sorts of things: what is no message is passed over and said once.
 */
import { isUtf8 } from 'node:buffer'
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import type { ErrorObject } from '../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { MessageReader } from '../../protocol/message-reader.ts'
import { decodeMessage } from '../../protocol/message-text.ts'
import { isRecord } from '../../protocol/values.ts'
import { parsed, Waiting } from './answers.ts'
import { FoundValues } from './found-values.ts'
import { heldForChildren, MAX_UNREAD_BYTES } from './held-for-children.ts'
import type { ForeignProcess } from './processes.ts'

/** How much of what it prints to stderr is kept for the log, in characters a line and in lines a minute. */
const MAX_LINE = 500
const MAX_LINES_A_MINUTE = 60
const MINUTE_MS = 60_000

/** How long it may say nothing in the middle of a message before that is taken for all of it, in milliseconds. */
const QUIET_MS = 2000
const NEWLINE = Buffer.from('\n')
/** Below so many bytes, what is held of a message that has not ended is not worth a look at what all children hold. */
const LITTLE = 64 * 1024

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
  readonly #values = new FoundValues()
  #reader: MessageReader | undefined
  /** Runs while something that has begun may go on. */
  #quiet: NodeJS.Timeout | undefined
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
      onRefused: (error, _, whole) => {
        if (!whole) this.#tooLong()
        else if (isUtf8(whole)) this.#broken(whole.toString(), whyRefused(error))
        // What is none has marks where it is not, as the official client has it.
        else reader.push(Buffer.from(`${whole.toString()}\n`))
      },
    })
    // Its first line may be anything; a newline ends it all the same.
    reader.push(NEWLINE)
    this.#reader = reader
    heldForChildren.add(this)
    const { stdout } = this.#process
    stdout.on('data', (chunk: Buffer) => {
      reader.push(chunk)
      if (reader.waitingBytes > LITTLE) heldForChildren.bound()
      if (this.#values.isOpen || reader.waitingBytes > 0) this.#waitForRest(reader)
    })
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
    if (stdin.writableLength > LITTLE) heldForChildren.bound()
  }

  get heldBytes(): number {
    return this.#process.stdin.writableLength + (this.#reader?.waitingBytes ?? 0)
  }

  giveUp(why: string): void {
    void this.#process.abandon(why)
    this.#end(new Error(`The server ${why}.`))
  }

  async close(): Promise<void> {
    await this.#process.end()
    this.#end()
  }

  #receive(line: string): void {
    const value = parsed(line)
    // What only looks like a value may be part of one.
    if (value !== undefined && (!this.#values.isOpen || isMessage(value))) {
      this.#cutOff()
      this.#read(value)
      return
    }
    const found = this.#values.add(line)
    if (found.length === 0 && !this.#values.isOpen) this.#rubbish('a line is not JSON')
    for (const { text, isWhole, isBehindWords } of found) {
      const decoded = decodeMessage(Buffer.from(text))
      const value = isWhole && 'text' in decoded ? parsed(text) : undefined
      if ('error' in decoded) this.#broken(text, whyRefused(decoded.error))
      else if (value === undefined) this.#broken(text)
      // Some print what they are asked, which must not be taken for a question of theirs.
      else if (isBehindWords && isRecord(value) && 'method' in value) this.#rubbish('words stand before JSON')
      else this.#read(value)
    }
  }

  #read(value: unknown): void {
    for (const one of Array.isArray(value) ? value : [value]) {
      const read = this.#waiting.read(one)
      if (read) this.onmessage?.(read)
      else this.#rubbish('a line is no message of JSON-RPC, or answers nothing that was asked')
    }
  }

  /** `why` continues "it". */
  #broken(text: string, why?: string): void {
    const read = this.#waiting.readBroken(text, why)
    if (read) this.onmessage?.(read)
    else this.#rubbish('a line is not JSON')
  }

  /** What has begun over several lines is not gone on with. */
  #cutOff(): void {
    const rest = this.#values.giveUp()
    if (rest) this.#broken(rest.text)
  }

  /** Some write no newline behind a message, and some do not end one that they have begun. */
  #waitForRest(reader: MessageReader): void {
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => {
      if (this.#closed) return
      if (this.#process.stdout.isPaused()) return this.#waitForRest(reader)
      const isOpen = this.#values.isOpen
      if (isOpen || isMessage(parsed(reader.unended.toString()))) reader.push(NEWLINE)
      if (isOpen) this.#cutOff()
    }, QUIET_MS).unref()
  }

  /** It may have been an answer, to an unknown call: all calls that wait for one get the error. */
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
    let since = performance.now()
    this.#process.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (performance.now() - since > MINUTE_MS) {
        lines = 0
        since = performance.now()
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
    heldForChildren.delete(this)
    clearTimeout(this.#quiet)
    if (error) this.onerror?.(error)
    this.onclose?.()
  }
}

/** Distinguished from what only is inside of one. */
const isMessage = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0 && value.every(isMessage)
    : isRecord(value) && value.jsonrpc === '2.0'

/** As the end of a sentence that begins with "it". */
const whyRefused = ({ message }: ErrorObject): string => message.replace(/^The message |[;.].*$/g, '')

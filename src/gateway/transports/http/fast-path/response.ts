/** An answer over HTTP/1.1, written in one piece where it is known whole, and in chunks where it is a stream. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Unread } from '../../unread.ts'
import { ALWAYS_LINES } from '../always.ts'
import type { HttpResponse } from '../exchange.ts'

const NO_CONTENT = 204

export class FastPathResponse implements HttpResponse {
  headersSent = false
  writableEnded = false
  writableFinished = false
  destroyed = false
  readonly socket: Socket
  unread?: Unread
  owner?: string
  filler?: string
  readonly #onEnd: (isLast: boolean) => void
  readonly #isOfHead: boolean
  #fields = ''
  /** The head where it is not written yet. */
  #head = ''
  #status = 0
  #hasLength = false
  #isLast = false
  #chunked = false
  #listeners: (() => void)[] = []

  /**
   * `onEnd` is called when the answer is written as a whole, and whether it said that it is the connection's last. One of HEAD
   * has no body.
   */
  constructor(socket: Socket, onEnd: (isLast: boolean) => void, isOfHead = false) {
    this.socket = socket
    this.#onEnd = onEnd
    this.#isOfHead = isOfHead
  }

  get writableLength(): number {
    return this.socket.destroyed ? 0 : this.socket.writableLength
  }

  once(_: 'close', listener: () => void): void {
    this.#listeners.push(listener)
  }

  setHeader(name: string, value: string): void {
    if (name === 'connection') this.#isLast = value === 'close'
    this.#fields += field(name, value)
  }

  writeHead(status: number, headers: Readonly<Record<string, string | number>> = {}): this {
    if (this.headersSent) throw new Error('The head of this answer was written before.')
    this.headersSent = true
    this.#status = status
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${ALWAYS_LINES}${this.#fields}`
    for (const name in headers) {
      if (name === 'content-length') this.#hasLength = true
      head += field(name, headers[name] as string | number)
    }
    this.#head = `${head}Date: ${dateNow()}\r\n`
    return this
  }

  writeContinue(): void {
    if (!this.destroyed && !this.headersSent) this.#send('HTTP/1.1 100 Continue\r\n\r\n')
  }

  flushHeaders(): void {
    if (this.#head === '') return
    this.#chunked = !this.#hasLength && this.#status !== NO_CONTENT
    this.#send(this.#takeHead(this.#chunked ? 'Transfer-Encoding: chunked\r\n' : ''))
  }

  write(text: string): void {
    if (this.destroyed || this.writableEnded || text === '') return
    this.flushHeaders()
    this.#send(this.#chunk(text))
  }

  end(text = ''): void {
    if (this.destroyed || this.writableEnded) return
    if (!this.headersSent) this.writeHead(200)
    this.writableEnded = true
    if (this.#head !== '') {
      const length = this.#hasLength || this.#status === NO_CONTENT
      this.#send(
        this.#takeHead(length ? '' : `Content-Length: ${Buffer.byteLength(text)}\r\n`) +
          (this.#isOfHead ? '' : text),
      )
    } else this.#send((text === '' ? '' : this.#chunk(text)) + (this.#chunked ? '0\r\n\r\n' : ''))
    this.writableFinished = true
    this.#close()
    this.#onEnd(this.#isLast)
  }

  /** Ends the connection too: half an answer must not look like a whole one. */
  destroy(): void {
    this.socket.destroy()
    this.lost()
  }

  /** The connection has gone. */
  lost(): void {
    if (this.destroyed || this.writableFinished) return
    this.destroyed = true
    this.#close()
  }

  #takeHead(more: string): string {
    const head = `${this.#head}${more}\r\n`
    this.#head = ''
    return head
  }

  #chunk(text: string): string {
    return this.#chunked ? `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n` : text
  }

  #send(text: string): void {
    if (text !== '') this.socket.write(text)
  }

  #close(): void {
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) listener()
  }
}

/** Throws for what would end a field early. */
function field(name: string, value: string | number): string {
  const text = String(value)
  if (/[^\t -~]/.test(text)) throw new Error(`The header ${name} can't have this value.`)
  return `${name}: ${text}\r\n`
}

let date = { second: 0, text: '' }

/** The time as RFC 9110 (section 5.6.7) writes it, made once a second. */
function dateNow(): string {
  const second = Math.floor(Date.now() / 1000)
  if (second !== date.second) date = { second, text: new Date(second * 1000).toUTCString() }
  return date.text
}

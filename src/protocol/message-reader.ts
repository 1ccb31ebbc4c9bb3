/**
 * Cuts a byte stream into message texts. A message ends with a newline or with NUL: whichever comes first on
 * a connection is that connection's terminator from then on, and answers use it too.
 */

import { Gathered } from './gathered.ts'
import type { ErrorObject } from './jsonrpc.ts'
import { MAX_DEPTH, MAX_MESSAGE_BYTES } from './limits.ts'
import { decodeMessage, tooLong } from './message-text.ts'

export interface ReaderHandlers {
  /** One message text, in the order of arrival, and about how much memory it takes once parsed, in bytes. */
  onText(text: string, weight: number): void
  /** A message that was dropped, why, how it began, and all of it where it was read. The reader goes on with the next one. */
  onRefused(error: ErrorObject, beginning: string, whole?: Buffer): void
}

interface Attached {
  bytes: Buffer
  filled: number
  onBytes(bytes: Buffer): void
}

/** How much is kept of a message that was dropped, in bytes: enough to see whom it is for. */
const BEGINNING_BYTES = 256
const NEWLINE = 0x0a
const NUL = 0x00

export class MessageReader {
  /** `'\n'` until the first terminator was seen. */
  terminator: '\n' | '\0' = '\n'
  #end: number | undefined
  readonly #unread = new Gathered()
  #skipping = false
  /** What follows the message that was handed on last. */
  #attached: Attached | undefined
  /** How many of the next bytes are dropped. */
  #unwanted = 0
  readonly #handlers: ReaderHandlers
  readonly #maxBytes: number
  readonly #maxDepth: number

  constructor(handlers: ReaderHandlers, maxBytes = MAX_MESSAGE_BYTES, maxDepth = MAX_DEPTH) {
    this.#handlers = handlers
    this.#maxBytes = maxBytes
    this.#maxDepth = maxDepth
  }

  /** Takes the next bytes of the stream. At most `maxBytes` are held back for a message that has not ended. */
  push(chunk: Buffer): void {
    let start = 0
    while (start < chunk.length) {
      if (this.#attached) {
        start += this.#fill(this.#attached, chunk.subarray(start))
        continue
      }
      if (this.#unwanted > 0) {
        const dropped = Math.min(this.#unwanted, chunk.length - start)
        this.#unwanted -= dropped
        start += dropped
        continue
      }
      const end = this.#findEnd(chunk, start)
      if (end === -1) {
        this.#keep(chunk.subarray(start))
        this.#unread.compact()
        return
      }
      const part = chunk.subarray(start, end)
      // Most messages come whole, and need not be kept.
      if (this.#unread.length === 0 && !this.#skipping && part.length <= this.#maxBytes) this.#take(part)
      else {
        this.#keep(part)
        this.#finish()
      }
      start = end + 1
    }
  }

  /** How many bytes are held back of a message that has not ended. */
  get unendedBytes(): number {
    return this.#unread.length
  }

  /** How many bytes are held back for what has not come whole. */
  get waitingBytes(): number {
    return this.#unread.length + (this.#attached?.bytes.length ?? 0)
  }

  /** What came of a message that has not ended. */
  get unended(): Buffer {
    return this.#unread.bytes
  }

  /** Takes so many bytes, at least one, that are no message: to be called by `onText`, for what follows that text. */
  takeBytes(length: number, onBytes: (bytes: Buffer) => void): void {
    this.takeInto(Buffer.allocUnsafe(length), onBytes)
  }

  /** Takes as many bytes as `target` has, at least one, to there, as `takeBytes` takes them. */
  takeInto(target: Buffer, onBytes: (bytes: Buffer) => void): void {
    this.#attached = { bytes: target, filled: 0, onBytes }
  }

  /** Drops so many bytes, as `takeBytes` takes them. */
  dropBytes(length: number): void {
    this.#unwanted = length
  }

  #fill(attached: Attached, chunk: Buffer): number {
    const { bytes, onBytes } = attached
    const taken = chunk.copy(bytes, attached.filled)
    attached.filled += taken
    if (attached.filled === bytes.length) {
      this.#attached = undefined
      onBytes(bytes)
    }
    return taken
  }

  #findEnd(chunk: Buffer, from: number): number {
    if (this.#end !== undefined) return chunk.indexOf(this.#end, from)
    const newline = chunk.indexOf(NEWLINE, from)
    const nul = chunk.indexOf(NUL, from)
    if (newline === -1 && nul === -1) return -1
    this.#end = nul === -1 || (newline !== -1 && newline < nul) ? NEWLINE : NUL
    this.terminator = this.#end === NUL ? '\0' : '\n'
    return this.#end === NUL ? nul : newline
  }

  #keep(part: Buffer): void {
    if (this.#skipping) return
    if (this.#unread.length + part.length <= this.#maxBytes) {
      this.#unread.add(part)
      return
    }
    // Refused at once, and the rest of it is dropped as it comes: the sender may never end it.
    this.#skipping = true
    const parts = [this.#unread.bytes, part]
    this.#unread.clear()
    this.#handlers.onRefused(tooLong(this.#maxBytes), beginningOf(parts))
  }

  #finish(): void {
    const skipped = this.#skipping
    this.#skipping = false
    if (skipped) return
    const { bytes } = this.#unread
    this.#unread.clear()
    this.#take(bytes)
  }

  #take(bytes: Buffer): void {
    if (isBlank(bytes)) return
    const decoded = decodeMessage(bytes, this.#maxDepth)
    if ('text' in decoded) this.#handlers.onText(decoded.text, decoded.weight)
    else this.#handlers.onRefused(decoded.error, beginningOf([bytes]), bytes)
  }
}

function beginningOf(parts: readonly Buffer[]): string {
  let beginning = Buffer.alloc(0)
  for (const part of parts) {
    if (beginning.length === BEGINNING_BYTES) break
    beginning = Buffer.concat([beginning, part.subarray(0, BEGINNING_BYTES - beginning.length)])
  }
  return beginning.toString('latin1')
}

function isBlank(bytes: Buffer): boolean {
  if (bytes.length > 2) return false
  return bytes.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)
}

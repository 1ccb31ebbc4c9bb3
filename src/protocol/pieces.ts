/**
 * Long messages between the gateway and its servers, so that none of them holds up the others of their connection: an
 * extension of ours. A long message stays with its sender, who tells how long it is (`large`). Its receiver asks for it
 * (`send`) once there is room. It then comes in pieces of bounded size (`piece`, each with its bytes right behind it), in
 * turns with other long messages, and short ones go between. A message is known by the id of its request: what goes to
 * the server is the request, what it sends the answer. `notifications/cancelled` ends either.
 */
import { type Id, notification } from './jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from './limits.ts'
import { META, NOTIFICATION } from './mcp.ts'
import { isRecord, isWhole } from './values.ts'

/** Messages up to here go as they are, in bytes or in characters, whichever is known. */
export const SHORT_BYTES = 64 * 1024
/** The most that goes at once of a long one: what a short message may have to wait for. */
const PIECE_BYTES = 128 * 1024
/** How much of the notifications to a request's caller may be unacknowledged, in characters of the messages. */
export const WINDOW = 256 * 1024

/** Whether the sender of a request, with these params, or of an answer, with this result, takes messages so. */
export const takesPieces = (params: unknown): boolean =>
  isRecord(params) && isRecord(params._meta) && params._meta[META.pieces] === true

/** What of a reader of messages is needed here. */
interface ByteReader {
  takeInto(target: Buffer, onBytes: (bytes: Buffer) => void): void
  dropBytes(length: number): void
}

export interface PiecesOptions {
  reader: ByteReader
  /** Sends a message, and the bytes right behind it. */
  send(message: object, bytes?: Buffer): void
  /** Sends bytes that are whole messages, and what is beside them. */
  sendWhole(bytes: readonly Buffer[]): void
  /** Whether the stream has enough to do for now; `pump` is called when it has not any longer. */
  isFull(): boolean
  /**
   * Another message waits on the other side, and comes once it is accepted: bytes of text, and bytes beside it. `call` is the
   * request that it is made within, where it says so.
   */
  onLarge(id: Id, bytes: number, attached: number, call: unknown): void
  /** One that was accepted has come. */
  onWhole(id: Id, text: Buffer, attached: Buffer | undefined): void
  /** The other side broke the rules of this protocol. */
  onBroken(what: string): void
}

interface Held {
  id: Id
  parts: Buffer[]
  /** It goes in one piece, for a peer that does not take several. */
  whole: boolean
  /** Called when all of it was handed to the stream. */
  onSent(): void
}

interface Coming {
  textBytes: number
  length: number
  /** From when on it was accepted. */
  bytes: Buffer | undefined
  filled: number
}

/** One side of a connection. */
export class Pieces {
  readonly #options: PiecesOptions
  readonly #held = new Map<Id, Held>()
  /** Those that were asked for, in turns. */
  #going: Held[] = []
  readonly #coming = new Map<Id, Coming>()

  constructor(options: PiecesOptions) {
    this.#options = options
  }

  /** Keeps a message until the peer asks for it. */
  hold(id: Id, text: Buffer, attached: Buffer | undefined, onSent: () => void, call?: Id): void {
    const parts = attached ? [text, attached] : [text]
    this.#held.set(id, { id, parts, whole: false, onSent })
    const beside = {
      ...(attached ? { attached: attached.length } : {}),
      ...(call === undefined ? {} : { call }),
    }
    this.#options.send(notification(NOTIFICATION.large, { requestId: id, bytes: text.length, ...beside }))
  }

  /** Sends a message, whose text has its end, in its turn as a whole: for a peer that knows nothing of pieces. */
  holdWhole(id: Id, parts: Buffer[], onSent: () => void): void {
    const held = { id, parts, whole: true, onSent }
    this.#held.set(id, held)
    this.#going.push(held)
    this.pump()
  }

  /** Has a message come that was announced. */
  accept(id: Id): void {
    const coming = this.#coming.get(id)
    if (!coming || coming.bytes) return
    coming.bytes = Buffer.allocUnsafeSlow(coming.length)
    this.#options.send(notification(NOTIFICATION.send, { requestId: id }))
  }

  /** Forgets what goes and what comes under an id; what is still on its way is dropped as it comes. */
  drop(id: Id): void {
    this.#coming.delete(id)
    const held = this.#held.get(id)
    if (!held) return
    this.#held.delete(id)
    this.#going = this.#going.filter((one) => one !== held)
  }

  /** Hands over at once what goes as a whole, and forgets everything else: the peer asks for nothing more. */
  end(): void {
    for (const { whole, parts } of this.#going) if (whole) this.#options.sendWhole(parts)
    this.#coming.clear()
    this.#held.clear()
    this.#going = []
  }

  /** Takes a notification of this protocol; false for any other one. To be called by the reader's `onText`. */
  receive(method: string, params: unknown): boolean {
    if (method !== NOTIFICATION.piece && method !== NOTIFICATION.send && method !== NOTIFICATION.large)
      return false
    const {
      requestId: id,
      bytes,
      attached = 0,
      call,
    } = (isRecord(params) ? params : {}) as Record<string, unknown>
    if (typeof id !== 'number' && typeof id !== 'string' && id !== null) this.#options.onBroken(NO_ID)
    else if (method === NOTIFICATION.send) this.#asked(id)
    else if (!isLength(bytes, 1) || !isLength(attached, 0))
      this.#options.onBroken('told a length that is none')
    else if (method === NOTIFICATION.piece) this.#piece(id, bytes)
    else if (this.#coming.has(id)) this.#options.onBroken('announced a message twice')
    else {
      this.#coming.set(id, { textBytes: bytes, length: bytes + attached, bytes: undefined, filled: 0 })
      this.#options.onLarge(id, bytes, attached, call)
    }
    return true
  }

  /** Sends on, until the stream has enough to do. */
  pump(): void {
    while (this.#going.length > 0 && !this.#options.isFull()) this.#sendOne(this.#going.shift() as Held)
  }

  #sendOne(held: Held): void {
    if (held.whole) {
      this.#options.sendWhole(held.parts)
      return void this.#sent(held)
    }
    const [part, ...later] = held.parts as [Buffer, ...Buffer[]]
    const piece = part.subarray(0, PIECE_BYTES)
    held.parts = piece.length < part.length ? [part.subarray(PIECE_BYTES), ...later] : later
    this.#options.send(notification(NOTIFICATION.piece, { requestId: held.id, bytes: piece.length }), piece)
    if (held.parts.length > 0) this.#going.push(held)
    else this.#sent(held)
  }

  #sent(held: Held): void {
    this.#held.delete(held.id)
    held.onSent()
  }

  #asked(id: Id): void {
    const held = this.#held.get(id)
    // It may have been given up meanwhile.
    if (!held || held.whole || this.#going.includes(held)) return
    this.#going.push(held)
    this.pump()
  }

  #piece(id: Id, length: number): void {
    const coming = this.#coming.get(id)
    // Given up on this side; the other one did not know yet.
    if (!coming) return void this.#options.reader.dropBytes(length)
    const { bytes, filled } = coming
    if (!bytes || filled + length > bytes.length)
      return void this.#options.onBroken('sent a piece that was not requested')
    coming.filled += length
    this.#options.reader.takeInto(bytes.subarray(filled, coming.filled), () => {
      if (coming.filled < bytes.length || this.#coming.get(id) !== coming) return
      this.#coming.delete(id)
      const { textBytes } = coming
      const beside = textBytes < bytes.length ? bytes.subarray(textBytes) : undefined
      this.#options.onWhole(id, bytes.subarray(0, textBytes), beside)
    })
  }
}

const NO_ID = 'did not say which message it means'

const isLength = (value: unknown, least: number): value is number => isWhole(value, least, MAX_MESSAGE_BYTES)

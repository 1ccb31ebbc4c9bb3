/** Reads a request's body, bounded, and parses it as one message. */
import type { IncomingMessage } from 'node:http'
import { parseExactly } from '../../../protocol/exact-json.ts'
import { Gathered } from '../../../protocol/gathered.ts'
import { type Parsed, parse, RpcError } from '../../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import { decodeMessage, tooLong } from '../../../protocol/message-text.ts'
import { CALL_BYTES, Growing, type Held, type Memory } from '../../call/memory.ts'
import { HttpError } from './errors.ts'
import type { Exchange, HttpResponse } from './exchange.ts'

const JSON_TYPE = 'application/json'
/** In how many pieces a body may come, and in one more for every so many bytes of it: each of them is work. */
const MAX_PIECES = 1024
const SHORT_PIECE = 256
const MANY_PIECES = 64
/** How much is read and dropped of a body that was refused, in bytes; then nothing more is taken, and its connection is ended. */
const MAX_DROPPED = 4 * MAX_MESSAGE_BYTES
/** How long a sender that goes on all the same has to read the answer, in milliseconds: the end takes back what it has not read. */
const LINGER_MS = 1000

const inPieces = (): HttpError =>
  new HttpError(
    400,
    new RpcError(
      'INVALID_REQUEST',
      `The body comes in more than ${MAX_PIECES} pieces, most of them shorter than ${SHORT_PIECE} bytes; send it in larger ones.`,
    ),
  )

/** A request whose sender is known: what its body takes counts for them, until its answer has gone. */
export type Asked = Pick<Exchange, 'req' | 'res' | 'principal' | 'held'>

/**
 * One message of JSON-RPC. Throws HttpError: 413 where it is too long, 415 where it is not said to be JSON; and RATE_LIMITED
 * where there is no memory for it.
 */
export function readMessage(memory: Memory, asked: Asked): Parsed | Promise<Parsed> {
  const text = readText(memory, asked)
  return text instanceof Promise ? text.then(toMessage) : toMessage(text)
}

const toMessage = (read: Read): Parsed =>
  'error' in read ? { kind: 'refused', id: null, error: read.error } : parse(read.text)

/** Any JSON; undefined for an empty body. Throws as `readMessage` does, and HttpError, with 400, for what is not JSON. */
export async function readJson(memory: Memory, asked: Asked): Promise<unknown> {
  const decoded = await readText(memory, asked)
  if ('error' in decoded) throw new HttpError(400, new RpcError(decoded.error.code, decoded.error.message))
  if (decoded.text.trim() === '') return undefined
  try {
    return parseExactly(decoded.text)
  } catch (cause) {
    throw new HttpError(
      400,
      new RpcError('PARSE', `This is not JSON: ${(cause as Error).message}`, { cause }),
    )
  }
}

type Read = ReturnType<typeof decodeMessage>

/** The text of a body of JSON, at once where it has come with the request. Throws HttpError. */
export function readText(memory: Memory, asked: Asked): Read | Promise<Read> {
  const { req } = asked
  const encoding = req.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new HttpError(
      415,
      new RpcError('INVALID_REQUEST', 'The body has a Content-Encoding; send it without one.'),
    )
  const type = req.headers['content-type']
  if (type !== JSON_TYPE && type?.split(';', 1)[0]?.trim().toLowerCase() !== JSON_TYPE)
    throw new HttpError(415, new RpcError('INVALID_REQUEST', `Send the message as ${JSON_TYPE}.`))
  if ('body' in req) return counted(memory, asked, decodeMessage(req.body))
  const held = memory.hold(asked.principal.user, 'bodies')
  return readBytes(req, held, asked.res)
    .then((bytes) => decodeMessage(bytes))
    .finally(() => held.release())
    .then((read) => counted(memory, asked, read))
}

function counted(memory: Memory, asked: Asked, read: Read): Read {
  const { user } = asked.principal
  const held = memory.take(user, 'calls', CALL_BYTES + ('weight' in read ? read.weight : 0))
  asked.held = held
  asked.res.once('close', () => held.release())
  return read
}

async function readBytes(req: IncomingMessage, held: Held, res: HttpResponse): Promise<Buffer> {
  const said = Number(req.headers['content-length'] ?? 0)
  const { signal, left } = whileThere(req)
  const growing = new Growing(held, signal)
  const body = new Body(req, held, growing, signal)
  try {
    if (said > MAX_MESSAGE_BYTES) throw new HttpError(413, new RpcError('INVALID_REQUEST', tooLong().message))
    await growing.to(said)
    return await body.read()
  } catch (error) {
    // The rest is read and dropped, so that the sender gets to read the answer. Short pieces are much work, however they are dropped.
    if (body.comesInPieces) {
      stopReading(req)
      res.setHeader('connection', 'close')
    } else dropRest(req)
    throw error
  } finally {
    left()
  }
}

/** Reads the rest of a body that was refused, as far as a sender that reads its answer may have sent it meanwhile (RFC 9112, section 9.6). */
function dropRest(req: IncomingMessage): void {
  let left = MAX_DROPPED
  const onPart = (part: Buffer) => {
    left -= part.length
    if (left >= 0) return
    req.off('data', onPart).resume()
    stopReading(req)
    setTimeout(() => req.socket.destroy(), LINGER_MS)
  }
  req.on('data', onPart)
}

/** A body that comes. An iterator over it would cost many times what parts of one byte do. */
class Body {
  readonly #req: IncomingMessage
  readonly #held: Held
  readonly #growing: Growing
  readonly #gone: AbortSignal
  readonly #gathered = new Gathered()
  readonly #whole = Promise.withResolvers<void>()
  #parts = 0
  #isWaiting = false
  #hasEnded = false
  /** What was read before it was refused comes still. */
  #isRefused = false

  constructor(req: IncomingMessage, held: Held, growing: Growing, gone: AbortSignal) {
    this.#gone = gone
    this.#req = req
    this.#held = held
    this.#growing = growing
  }

  /** Whether so far it has come in more pieces than most, of a few bytes each. */
  get comesInPieces(): boolean {
    return this.#parts > MANY_PIECES && this.#gathered.length < this.#parts * SHORT_PIECE
  }

  /** All of it, for which there is room. Throws HttpError, or RATE_LIMITED, or the reason of `gone`. */
  async read(): Promise<Buffer> {
    const req = this.#req
    const gone = this.#gone
    const { promise, reject } = this.#whole
    const onGone = () => reject(gone.reason)
    gone.addEventListener('abort', onGone, { once: true })
    if (gone.aborted) onGone()
    req.on('data', this.#onPart).once('end', this.#onEnd).once('error', reject)
    try {
      await promise
      return this.#gathered.bytes
    } finally {
      gone.removeEventListener('abort', onGone)
      req.off('data', this.#onPart).off('end', this.#onEnd).off('error', reject)
    }
  }

  readonly #onPart = (part: Buffer): void => {
    if (this.#isRefused) return
    const gathered = this.#gathered
    gathered.add(part)
    gathered.compact()
    this.#parts++
    const { reject } = this.#whole
    if (gathered.length > MAX_MESSAGE_BYTES) {
      this.#isRefused = true
      reject(new HttpError(413, new RpcError('INVALID_REQUEST', tooLong().message)))
    } else if (gathered.length < (this.#parts - MAX_PIECES) * SHORT_PIECE) {
      this.#isRefused = true
      stopReading(this.#req)
      reject(inPieces())
    } else if (gathered.length > this.#held.bytes && !this.#isWaiting) this.#makeRoom().catch(reject)
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    if (!this.#isWaiting) this.#whole.resolve()
  }

  /** Nothing more is taken from the connection until there is room for what has come. */
  async #makeRoom(): Promise<void> {
    this.#isWaiting = true
    const goOn = stopReading(this.#req)
    try {
      // What was read before comes still.
      while (!this.#gone.aborted && this.#gathered.length > this.#held.bytes)
        await this.#growing.to(this.#gathered.length)
    } finally {
      this.#isWaiting = false
      if (!this.#gone.aborted || !this.comesInPieces) goOn()
    }
    if (this.#hasEnded) this.#whole.resolve()
  }
}

/**
 * Reads nothing more from the connection until what it returns is called. `pause()` would go on until 64 KiB have come,
 * which take hundred times that where they come in pieces of one byte.
 */
function stopReading(req: IncomingMessage): () => void {
  req._read = () => {}
  req.socket.pause()
  return () => {
    Reflect.deleteProperty(req, '_read')
    req.socket.resume()
  }
}

/** Aborted when the client goes away, and once it has been left. */
function whileThere(req: IncomingMessage): { signal: AbortSignal; left: () => void } {
  const controller = new AbortController()
  const onClose = () => {
    // A request that has come whole is closed, too.
    if (!req.readableEnded) controller.abort(new Error('The client disconnected.'))
  }
  req.once('close', onClose)
  const left = () => {
    req.off('close', onClose)
    // What still waits for room must not be given any.
    controller.abort(new Error('The body is no longer read.'))
  }
  return { signal: controller.signal, left }
}

/** Reads a request's body, bounded, and parses it as one message. */
import type { IncomingMessage } from 'node:http'
import { parseExactly } from '../../../protocol/exact-json.ts'
import { type Parsed, parse, RpcError } from '../../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import { decodeMessage, tooLong } from '../../../protocol/message-text.ts'
import { CALL_BYTES, Growing, type Held, type Memory } from '../../memory.ts'
import type { Exchange } from './exchange.ts'

const JSON_TYPE = 'application/json'

/** A refusal that has its own HTTP status. */
export class HttpRefusal extends Error {
  readonly status: number
  readonly error: RpcError
  constructor(status: number, error: RpcError) {
    super(error.message)
    this.status = status
    this.error = error
  }
}

/** A request by who is known: what its body takes counts for them, until its answer has gone. */
export type Asked = Pick<Exchange, 'req' | 'res' | 'principal'>

/**
 * One message of JSON-RPC. Throws HttpRefusal: 413 where it is too long, 415 where it is not said to be JSON; and RATE_LIMITED
 * where there is no memory for it.
 */
export function readMessage(memory: Memory, asked: Asked): Parsed | Promise<Parsed> {
  const text = readText(memory, asked)
  return text instanceof Promise ? text.then(toMessage) : toMessage(text)
}

const toMessage = (read: Read): Parsed =>
  'error' in read ? { kind: 'refused', id: null, error: read.error } : parse(read.text)

/** Any JSON; undefined for an empty body. Throws as `readMessage` does, and HttpRefusal, with 400, for what is not JSON. */
export async function readJson(memory: Memory, asked: Asked): Promise<unknown> {
  const decoded = await readText(memory, asked)
  if ('error' in decoded) throw new HttpRefusal(400, new RpcError(decoded.error.code, decoded.error.message))
  if (decoded.text.trim() === '') return undefined
  try {
    return parseExactly(decoded.text)
  } catch (cause) {
    throw new HttpRefusal(
      400,
      new RpcError('PARSE', `This is not JSON: ${(cause as Error).message}`, { cause }),
    )
  }
}

type Read = ReturnType<typeof decodeMessage>

/** The text of a body of JSON, at once where it has come with the request. Throws HttpRefusal. */
export function readText(memory: Memory, asked: Asked): Read | Promise<Read> {
  const { req } = asked
  const encoding = req.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new HttpRefusal(
      415,
      new RpcError('INVALID_REQUEST', 'The body has a Content-Encoding; send it as it is, without one.'),
    )
  const type = req.headers['content-type']
  if (type !== JSON_TYPE && type?.split(';', 1)[0]?.trim().toLowerCase() !== JSON_TYPE)
    throw new HttpRefusal(415, new RpcError('INVALID_REQUEST', `Send the message as ${JSON_TYPE}.`))
  if ('body' in req) return counted(memory, asked, decodeMessage(req.body))
  const held = memory.hold(asked.principal.user, 'bodies')
  return readBytes(req, held)
    .then((bytes) => decodeMessage(bytes))
    .finally(() => held.release())
    .then((read) => counted(memory, asked, read))
}

function counted(memory: Memory, { res, principal }: Asked, read: Read): Read {
  const held = memory.take(principal.user, 'calls', CALL_BYTES + ('weight' in read ? read.weight : 0))
  res.once('close', () => held.release())
  return read
}

async function readBytes(req: IncomingMessage, held: Held): Promise<Buffer> {
  const said = Number(req.headers['content-length'] ?? 0)
  const { signal, left } = whileThere(req)
  const growing = new Growing(held, signal)
  try {
    if (said > MAX_MESSAGE_BYTES)
      throw new HttpRefusal(413, new RpcError('INVALID_REQUEST', tooLong().message))
    await growing.to(said)
    const parts: Buffer[] = []
    let length = 0
    for await (const part of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += part.length
      if (length > MAX_MESSAGE_BYTES)
        throw new HttpRefusal(413, new RpcError('INVALID_REQUEST', tooLong().message))
      // Nothing more is taken from the connection until there is room for it.
      if (length > held.bytes) await growing.to(length)
      parts.push(part)
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  } catch (error) {
    // The rest is read and dropped, so that the sender gets to read the answer; node's time limit for a
    // request ends one that never stops.
    req.resume()
    throw error
  } finally {
    left()
  }
}

/** Aborted when the client goes away. */
function whileThere(req: IncomingMessage): { signal: AbortSignal; left: () => void } {
  const controller = new AbortController()
  const onClose = () => controller.abort(new Error('The client went away.'))
  req.once('close', onClose)
  return { signal: controller.signal, left: () => req.off('close', onClose) }
}

/** Reads a request's body, bounded, and parses it as one message. */
import type { IncomingMessage } from 'node:http'
import { parseExactly } from '../../../protocol/exact-json.ts'
import { type Parsed, parse, RpcError } from '../../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import { decodeMessage, tooLong } from '../../../protocol/message-text.ts'
import type { HttpRequest } from './exchange.ts'

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

/** One message of JSON-RPC. Throws HttpRefusal: 413 where it is too long, 415 where it is not said to be JSON. */
export function readMessage(req: HttpRequest): Parsed | Promise<Parsed> {
  const text = readText(req)
  return text instanceof Promise ? text.then(toMessage) : toMessage(text)
}

const toMessage = (decoded: Decoded): Parsed =>
  'error' in decoded ? { kind: 'refused', id: null, error: decoded.error } : parse(decoded.text)

/** Any JSON; undefined for an empty body. Throws HttpRefusal, with 400 for what is not JSON. */
export async function readJson(req: HttpRequest): Promise<unknown> {
  const decoded = await readText(req)
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

type Decoded = ReturnType<typeof decodeMessage>

/** The text of a body of JSON, at once where it has come with the request. Throws HttpRefusal. */
export function readText(req: HttpRequest): Decoded | Promise<Decoded> {
  const encoding = req.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new HttpRefusal(
      415,
      new RpcError('INVALID_REQUEST', 'The body has a Content-Encoding; send it as it is, without one.'),
    )
  const type = req.headers['content-type']
  if (type !== JSON_TYPE && type?.split(';', 1)[0]?.trim().toLowerCase() !== JSON_TYPE)
    throw new HttpRefusal(415, new RpcError('INVALID_REQUEST', `Send the message as ${JSON_TYPE}.`))
  return 'body' in req ? decodeMessage(req.body) : readBytes(req).then((bytes) => decodeMessage(bytes))
}

function readBytes(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = () => {
      // The rest is read and dropped, so that the sender gets to read the answer; node's time limit for a
      // request ends one that never stops.
      req.removeAllListeners('data')
      req.resume()
      reject(new HttpRefusal(413, new RpcError('INVALID_REQUEST', tooLong().message)))
    }
    if (Number(req.headers['content-length'] ?? 0) > MAX_MESSAGE_BYTES) return refuse()
    const parts: Buffer[] = []
    let length = 0
    req.on('data', (part: Buffer) => {
      length += part.length
      if (length > MAX_MESSAGE_BYTES) return refuse()
      parts.push(part)
    })
    req.on('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)))
    req.on('error', reject)
    req.on('aborted', () => reject(new Error('The client went away.')))
  })
}

/** Reads a request's body, bounded, and parses it as one message. */
import type { IncomingMessage } from 'node:http'
import { type Parsed, parse, RpcError } from '../../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../../protocol/limits.ts'
import { decodeMessage, tooLong } from '../../../protocol/message-text.ts'

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

/** Throws HttpRefusal: 413 where it is too long, 415 where it is not said to be JSON. */
export async function readMessage(req: IncomingMessage): Promise<Parsed> {
  const type = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json')
    throw new HttpRefusal(415, new RpcError('INVALID_REQUEST', 'Send the message as application/json.'))
  const decoded = decodeMessage(await readBytes(req))
  if ('error' in decoded) return { kind: 'refused', id: null, error: decoded.error }
  return parse(decoded.text)
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

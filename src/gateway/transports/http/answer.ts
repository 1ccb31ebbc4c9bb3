/** Answers over HTTP that are no stream: JSON-RPC texts with their status, and refusals. */
import { httpStatus } from '../../../protocol/errors.ts'
import { failure, type Id, type RpcError } from '../../../protocol/jsonrpc.ts'
import { SMALL_BYTES } from '../../call/memory.ts'
import type { HttpResponse } from './exchange.ts'

/** Throws RATE_LIMITED where there is no memory for it until it is read. */
export function sendJson(
  res: HttpResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (res.destroyed || res.headersSent) return
  const text = JSON.stringify(body)
  if (text.length > SMALL_BYTES) res.unread?.expect(text.length)
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  res.end(text)
  res.unread?.wrote(text.length)
}

/** An error as the answer to one request, with the status that the error table gives it unless told otherwise. */
export function sendError(res: HttpResponse, id: Id, error: RpcError, status = httpStatus(error.code)): void {
  const headers: Record<string, string> = {}
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  const retryAfterMs = (error.data as { retryAfterMs?: number } | undefined)?.retryAfterMs
  if (retryAfterMs) headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000))
  sendJson(res, status, failure(id, error), headers)
}

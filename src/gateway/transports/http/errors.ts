/** How a request is refused: its status, what goes with it, and the shape that its caller knows. */
import { ERRORS, httpStatus } from '../../../protocol/errors.ts'
import { failure, type Id, type RpcError, toRpcError } from '../../../protocol/jsonrpc.ts'
import { sendJson } from './answer.ts'
import type { HttpResponse } from './exchange.ts'

/** An error that has its own HTTP status. */
export class HttpError extends Error {
  readonly status: number
  readonly error: RpcError
  constructor(status: number, error: RpcError) {
    super(error.message)
    this.status = status
    this.error = error
  }
}

/** Answers something thrown, in the shape of an API. */
export type ErrorFormat = (res: HttpResponse, thrown: unknown) => void

/** Anything thrown as an error for the caller, with the status that it was given; undefined without one. */
export function errorOf(thrown: unknown): { error: RpcError; status: number | undefined } {
  if (thrown instanceof HttpError) return { error: thrown.error, status: thrown.status }
  return { error: toRpcError(thrown), status: undefined }
}

/** The status of an error where no body of JSON-RPC says more: a request that does not fit is its caller's fault. */
export function plainStatus({ code }: RpcError): number {
  const status = httpStatus(code)
  if (status !== 200) return status
  return code === ERRORS.INVALID_PARAMS.code ? 400 : 500
}

/** The headers that go with an error: how to authenticate (RFC 6750), and when to try again (RFC 9110, section 10.2.3). */
export function errorHeaders({ data }: RpcError, status: number): Record<string, string> {
  const headers: Record<string, string> = {}
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  const { retryAfterMs } = (data ?? {}) as { retryAfterMs?: unknown }
  if (typeof retryAfterMs === 'number') headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000))
  return headers
}

/** An error as the answer to one request of JSON-RPC, with the status that the error table gives it unless told otherwise. */
export function sendError(res: HttpResponse, id: Id, error: RpcError, status = httpStatus(error.code)): void {
  sendJson(res, status, failure(id, error), errorHeaders(error, status))
}

/** The same for anything thrown, where the request has no id that could be read. */
export const sendRpcError = (res: HttpResponse, thrown: unknown, id: Id = null): void => {
  const { error, status } = errorOf(thrown)
  sendError(res, id, error, status)
}

/** In the shape of plain JSON. */
export const sendPlainError: ErrorFormat = (res, thrown) => {
  const { error, status = plainStatus(error) } = errorOf(thrown)
  sendJson(res, status, { status: 'error', error: error.toObject() }, errorHeaders(error, status))
}

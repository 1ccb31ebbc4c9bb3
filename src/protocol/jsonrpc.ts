/**
 * JSON-RPC 2.0 messages (https://www.jsonrpc.org/specification), without I/O.
 */
import { ERRORS, type ErrorName } from './errors.ts'
import { isInexact, parseExactly, TooManyNumbers } from './exact-json.ts'
import { ToolError } from './tool-error.ts'
import { isRecord } from './values.ts'

/** A request's id: a string, any finite number, or null (legal in JSON-RPC, refused by MCP). */
export type Id = string | number | null

export interface Request {
  jsonrpc: '2.0'
  id: Id
  method: string
  params?: Params
}
export interface Notification {
  jsonrpc: '2.0'
  method: string
  params?: Params
}
export interface Success {
  jsonrpc: '2.0'
  id: Id
  result: unknown
}
export interface Failure {
  jsonrpc: '2.0'
  id: Id
  error: ErrorObject
}
export interface ErrorObject {
  code: number
  message: string
  data?: unknown
}
export type Params = Record<string, unknown> | unknown[]
export type Response = Success | Failure
export type Message = Request | Notification | Response

/** What a text turned out to be. A refused text keeps its id where one could be read, so that it can be answered. */
export type Parsed = Classified | { kind: 'batch'; items: unknown[] }

/** What a single value turned out to be. */
export type Classified =
  | { kind: 'request'; message: Request }
  | { kind: 'notification'; message: Notification }
  | { kind: 'response'; message: Response }
  | { kind: 'refused'; id: Id; error: ErrorObject }

/**
 * An error meant for the caller: its message and data go over the wire as they are. `cause` stays on this
 * side, for the log.
 */
export class RpcError extends Error {
  readonly code: number
  readonly data: unknown
  constructor(name: ErrorName | number, message: string, options: { data?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'RpcError'
    this.code = typeof name === 'number' ? name : ERRORS[name].code
    this.data = options.data
  }
  toObject(): ErrorObject {
    return this.data === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, data: this.data }
  }
}

export const success = (id: Id, result: unknown): Success => ({ jsonrpc: '2.0', id, result })
export const failure = (id: Id, error: RpcError): Failure => ({ jsonrpc: '2.0', id, error: error.toObject() })
export const notification = (method: string, params?: Params): Notification =>
  params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params }

/**
 * Anything thrown, as an error for the caller: an RpcError as it is, a ToolError by its sentence, such as of a full disk, and all
 * else without its content.
 */
export function toRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown
  if (thrown instanceof ToolError) return new RpcError('INTERNAL', thrown.message, { cause: thrown })
  return new RpcError('INTERNAL', 'Something went wrong inside the server; its log says what.', {
    cause: thrown,
  })
}

/**
 * Parses one message text; never throws. Size, depth and UTF-8 were checked by the reader before. `read` says
 * what a value is, for those who take more than the standard allows.
 */
export function parse(text: string, read: (value: unknown) => Classified = classify): Parsed {
  let value: unknown
  try {
    value = parseExactly(text)
  } catch (cause) {
    if (cause instanceof TooManyNumbers)
      return refuse(null, 'INVALID_REQUEST', `The message can't be taken: ${cause.message}.`)
    return refuse(null, 'PARSE', `This is not JSON: ${(cause as Error).message}`)
  }
  return Array.isArray(value) ? { kind: 'batch', items: value } : read(value)
}

/** Says which of the message kinds a parsed JSON value is, or why it is none. */
export function classify(value: unknown): Classified {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return refuse(null, 'INVALID_REQUEST', 'A message must be a JSON object with "jsonrpc": "2.0".')
  const message = value as Record<string, unknown>
  const id = isId(message.id) ? message.id : null
  if (message.jsonrpc !== '2.0')
    return refuse(id, 'INVALID_REQUEST', 'A message must carry "jsonrpc": "2.0".')
  if (Object.hasOwn(message, 'id') && !isId(message.id))
    return refuse(
      null,
      'INVALID_REQUEST',
      `An id must be a string, a number or null${isInexact(message.id) ? ', and this number would be rounded: send it as a string' : ''}.`,
    )
  if (Object.hasOwn(message, 'method')) {
    if (typeof message.method !== 'string')
      return refuse(id, 'INVALID_REQUEST', 'The method must be a string.')
    // Null is what many write for nothing.
    if (message.params === null) delete message.params
    if (Object.hasOwn(message, 'params') && !isRecord(message.params) && !Array.isArray(message.params))
      return refuse(
        id,
        'INVALID_REQUEST',
        'The params must be an object or an array; leave them out if there are none.',
      )
    return Object.hasOwn(message, 'id')
      ? { kind: 'request', message: value as Request }
      : { kind: 'notification', message: value as Notification }
  }
  const hasResult = Object.hasOwn(message, 'result')
  if (hasResult && message.error === null) delete message.error
  const hasError = Object.hasOwn(message, 'error')
  if (hasResult !== hasError && Object.hasOwn(message, 'id') && (hasResult || isErrorObject(message.error)))
    return { kind: 'response', message: value as Response }
  return refuse(id, 'INVALID_REQUEST', 'A message needs a method, or an id with either a result or an error.')
}

function refuse(id: Id, name: ErrorName, message: string): Classified {
  return { kind: 'refused', id, error: { code: ERRORS[name].code, message } }
}

export function isId(value: unknown): value is Id {
  return typeof value === 'string' || value === null || (typeof value === 'number' && Number.isFinite(value))
}

/** The request that a notification about one means; undefined where it names none. */
export const requestIdIn = (params: unknown): Id | undefined =>
  isRecord(params) && isId(params.requestId) ? params.requestId : undefined

function isErrorObject(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  const error = value as Record<string, unknown>
  return Number.isInteger(error.code) && typeof error.message === 'string'
}

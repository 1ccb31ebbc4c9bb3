/** What the endpoints know of a request and its answer: that much of node:http, which has two makers here. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Gate, Principal, Toolset } from '../../call/call.ts'
import type { Held } from '../../call/memory.ts'
import type { Unread } from '../unread.ts'
import type { FastPathHead } from './fast-path/head.ts'

/** A request whose body has come whole. */
export interface WholeRequest extends FastPathHead {
  readonly body: Buffer
  readonly socket: Socket
}

export type HttpRequest = IncomingMessage | WholeRequest

export interface HttpResponse
  extends Pick<
    ServerResponse,
    'headersSent' | 'writableEnded' | 'writableFinished' | 'writableLength' | 'destroyed'
  > {
  /** Null before and after the answer's turn on its connection. */
  readonly socket: Socket | null
  /** "Connection: close" ends the connection after this answer. */
  setHeader(name: string, value: string): unknown
  writeHead(status: number, headers?: Readonly<Record<string, string | number>>): HttpResponse
  /** An interim answer (RFC 9110, section 15.2.1). */
  writeContinue(): void
  flushHeaders(): void
  write(text: string): unknown
  end(text?: string): unknown
  destroy(): unknown
  /** What may be written at any time once the answer has begun, and means nothing; undefined where nothing may. */
  filler?: string
  /** What of it is unread, counted for who asked; undefined before authentication. */
  unread?: Unread
  /** The principal that it is for; undefined before authentication. */
  owner?: string
  /** Called once, when the answer has gone out or its connection has. */
  once(event: 'close', listener: () => void): unknown
}

/** A request whose sender is known. */
export interface Exchange {
  readonly gate: Gate
  readonly req: HttpRequest
  readonly res: HttpResponse
  readonly principal: Principal
  /** Of the URL, without its question mark. */
  readonly query: string
  /** What stands in the path where the endpoint's route has a name, decoded; empty where it has none. */
  readonly name: string
  /** What its message takes, until the answer or its connection has gone; set once it has come. */
  held?: Held
}

/** A request to an endpoint of MCP. */
export interface McpExchange extends Exchange {
  /** The endpoint's one server, or undefined for all. */
  readonly server: string | undefined
  readonly toolset: Toolset
}

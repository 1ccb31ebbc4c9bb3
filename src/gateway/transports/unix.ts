/**
 * gateway.sock: the current revision over a UNIX stream. Who is calling is asked of the kernel, so that
 * programs on this machine need no token.
 */
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import {
  failure,
  type Id,
  notification,
  parse,
  RpcError,
  success,
  toRpcError,
} from '../../protocol/jsonrpc.ts'
import { META, METHOD, NOTIFICATION } from '../../protocol/mcp.ts'
import { MessageReader } from '../../protocol/message-reader.ts'
import type { Gate, Principal } from '../call.ts'
import { checkVersion, isRecord, readEnvelope, withSubscriptionId } from './envelope.ts'

/** What a peer may leave unread, in bytes, before its connection is ended. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024

export interface UnixEdgeOptions {
  gate: Gate
  /** The kernel's word on who is at the other end. */
  peerOf(socket: Socket): { uid: number; pid: number }
}

export interface Edge {
  server: Server
  /** Ends subscriptions with their result, so that clients know it was no accident. */
  endSubscriptions(): void
}

export function createUnixEdge({ gate, peerOf }: UnixEdgeOptions): Edge {
  const connections = new Set<UnixConnection>()
  const server = createServer((socket) => {
    socket.on('error', () => {}) // 'close' follows
    try {
      const principal = gate.identify({ kind: 'peer', ...peerOf(socket) })
      const connection = new UnixConnection(socket, gate, principal)
      connections.add(connection)
      socket.once('close', () => connections.delete(connection))
    } catch (error) {
      socket.end(`${JSON.stringify(failure(null, toRpcError(error)))}\n`)
    }
  })
  return {
    server,
    endSubscriptions() {
      for (const connection of connections) connection.endSubscriptions()
    },
  }
}

class UnixConnection {
  readonly #socket: Socket
  readonly #gate: Gate
  readonly #principal: Principal
  readonly #running = new Map<Id, { controller: AbortController; method: string }>()
  readonly #reader: MessageReader

  constructor(socket: Socket, gate: Gate, principal: Principal) {
    this.#socket = socket
    this.#gate = gate
    this.#principal = principal
    this.#reader = new MessageReader({
      onText: (text) => this.#receive(text),
      onRefused: (error) => this.#send({ jsonrpc: '2.0', id: null, error }),
    })
    socket.on('data', (chunk: Buffer) => this.#reader.push(chunk))
    socket.once('close', () => {
      for (const { controller } of this.#running.values()) controller.abort(new Error('The caller has gone.'))
    })
  }

  endSubscriptions(): void {
    for (const { controller, method } of this.#running.values())
      if (method === METHOD.listen) controller.abort()
  }

  #receive(text: string): void {
    const parsed = parse(text)
    if (parsed.kind === 'request')
      void this.#answer(parsed.message.id, parsed.message.method, parsed.message.params)
    else if (parsed.kind === 'notification') this.#notified(parsed.message.method, parsed.message.params)
    else if (parsed.kind === 'refused') this.#send({ jsonrpc: '2.0', id: parsed.id, error: parsed.error })
    else
      this.#send(
        failure(
          null,
          new RpcError(
            'INVALID_REQUEST',
            'Send one request or notification a message; batches and answers are not taken here.',
          ),
        ),
      )
  }

  #notified(method: string, params: unknown): void {
    if (method !== NOTIFICATION.cancelled || !isRecord(params)) return
    this.#running.get(params.requestId as Id)?.controller.abort(new Error('The caller cancelled.'))
  }

  async #answer(id: Id, method: string, params: unknown = {}): Promise<void> {
    if (this.#running.has(id))
      return this.#send(
        failure(
          id,
          new RpcError('INVALID_REQUEST', 'A request with this id is still being worked on; use another id.'),
        ),
      )
    const controller = new AbortController()
    this.#running.set(id, { controller, method })
    try {
      const { version, client } = readEnvelope(params)
      checkVersion(version)
      const result = await this.#gate.run({
        principal: this.#principal,
        transport: 'unix',
        server: undefined,
        method,
        params: params as Record<string, unknown>,
        client,
        signal: controller.signal,
        notify: (name, fields) => this.#send(notification(name, tagged(method, id, fields))),
      })
      if (!controller.signal.aborted || method === METHOD.listen)
        this.#send(success(id, withSubscriptionId(method, id, result)))
    } catch (error) {
      if (!controller.signal.aborted) this.#send(failure(id, toRpcError(error)))
    } finally {
      this.#running.delete(id)
    }
  }

  #send(message: object): void {
    if (this.#socket.destroyed) return
    this.#socket.write(`${JSON.stringify(message)}${this.#reader.terminator}`)
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#socket.destroy()
  }
}

/** All requests share the connection, so that each of a request's notifications says which it belongs to. */
function tagged(method: string, id: Id, fields: Record<string, unknown>): Record<string, unknown> {
  if (method === METHOD.listen) return withSubscriptionId(method, id, fields)
  return { ...fields, _meta: { ...(fields._meta as object | undefined), [META.requestId]: id } }
}

/** The helper behind its socket: JSON-RPC in, one verb at a time, answers out. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { peerCredentials } from '../host/peer-credentials.ts'
import { RepeatedLooks } from '../host/repeated-looks.ts'
import { failure, type Id, parse, RpcError, success, toRpcError } from '../protocol/jsonrpc.ts'
import { MessageReader } from '../protocol/message-reader.ts'
import type { Machine } from './machine.ts'
import { type AuditLog, perform, Stranger, takesLong } from './requests.ts'

export interface HelperOptions {
  log: AuditLog
  /** Called once no client has been connected for `idleMs`. */
  onIdle?: () => void
  idleMs?: number
  /** How long a connection may ask nothing. */
  silentMs?: number
  /** The uid at the other end; the kernel knows it. */
  uidOf?(socket: Socket): number
}

/** A secret of 64 KiB, every byte of it escaped. */
const MAX_MESSAGE_BYTES = 512 * 1024
const MAX_DEPTH = 8
const MAX_CONNECTIONS = 64
/** Of one user, so that none takes all. */
const MAX_CONNECTIONS_OF_ONE = 8
/** Answers that a client leaves unread, in bytes, before it is given up. */
const MAX_UNREAD_BYTES = 1024 * 1024
/** Of one user, so that none keeps the others waiting. */
const MAX_WAITING = 8
const IDLE_MS = 60_000

export class Helper {
  readonly #machine: Machine
  readonly #options: HelperOptions
  readonly #server: Server
  /** With the uid at the other end. */
  readonly #sockets = new Map<Socket, number>()
  readonly #waiting = new Map<number, number>()
  readonly #looks = new RepeatedLooks()
  /** Each ends with the last verb that was asked for: of those that take long, and of all others. */
  readonly #queues: Record<'long' | 'short', Promise<unknown>> = {
    long: Promise.resolve(),
    short: Promise.resolve(),
  }
  #idle: NodeJS.Timeout | undefined

  constructor(machine: Machine, options: HelperOptions) {
    this.#machine = machine
    this.#options = options
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  /** Listens on an inherited descriptor, or a path. */
  async listen(where: { fd: number } | { path: string }): Promise<void> {
    this.#server.listen(where)
    await once(this.#server, 'listening')
    this.#waitForSomebody()
  }

  /** Accepts no more connections, and finishes what was asked. */
  async stop(): Promise<void> {
    clearTimeout(this.#idle)
    this.#server.close()
    for (const socket of this.#sockets.keys()) socket.pause()
    await Promise.all(Object.values(this.#queues))
    for (const socket of this.#sockets.keys()) socket.destroySoon()
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {}) // 'close' follows
    const uid = this.#uidOf(socket)
    const ofSame = [...this.#sockets.values()].filter((other) => other === uid).length
    if (uid === undefined || ofSame >= MAX_CONNECTIONS_OF_ONE) {
      socket.destroy()
      return
    }
    clearTimeout(this.#idle)
    this.#sockets.set(socket, uid)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      if (this.#sockets.size === 0) this.#waitForSomebody()
    })
    let open = 0
    let ended = false
    const answer = (message: object) => {
      if (!socket.writable) return
      socket.write(`${JSON.stringify(message)}\n`)
      if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy()
    }
    const reader = new MessageReader(
      {
        onText: (text) => {
          open++
          void this.#take(uid, text, answer).then((stays) => {
            open--
            if (!stays || (ended && open === 0)) socket.destroySoon()
          })
        },
        onRefused: (error) => answer({ jsonrpc: '2.0', id: null, error }),
      },
      MAX_MESSAGE_BYTES,
      MAX_DEPTH,
    )
    socket.on('data', (chunk) => reader.push(chunk))
    // A connection that asks nothing must not keep the helper running.
    socket.setTimeout(this.#options.silentMs ?? IDLE_MS, () => {
      if (open === 0) socket.destroySoon()
    })
    // A client that only ends its side still gets its answers.
    socket.once('end', () => {
      ended = true
      if (open === 0) socket.destroySoon()
    })
  }

  /** Who is at the other end; undefined where that is not known. */
  #uidOf(socket: Socket): number | undefined {
    try {
      return (this.#options.uidOf ?? ((peer) => peerCredentials(peer).uid))(socket)
    } catch (err) {
      this.#options.log.error({ err }, 'a connection was closed: its user is not known')
      return undefined
    }
  }

  /** Answers one message; false where the connection must end. */
  async #take(uid: number, text: string, answer: (message: object) => void): Promise<boolean> {
    const parsed = parse(text)
    if (parsed.kind === 'refused') answer({ jsonrpc: '2.0', id: parsed.id, error: parsed.error })
    else if (parsed.kind === 'batch')
      answer(failure(null, new RpcError('INVALID_REQUEST', 'Send one request a message, not a list.')))
    else if (parsed.kind === 'request') {
      const { id, method, params } = parsed.message
      return this.#request(uid, id, method, params, answer)
    }
    return true
  }

  async #request(
    uid: number,
    id: Id,
    method: string,
    params: unknown,
    answer: (message: object) => void,
  ): Promise<boolean> {
    const waiting = this.#waiting.get(uid) ?? 0
    if (waiting >= MAX_WAITING) {
      answer(
        failure(id, new RpcError('RATE_LIMITED', `${waiting} of your requests wait; let them end first.`)),
      )
      return true
    }
    this.#waiting.set(uid, waiting + 1)
    const queue = takesLong(method) ? 'long' : 'short'
    const turn = this.#queues[queue].then(() =>
      perform(this.#machine, uid, method, params, { log: this.#options.log, looks: this.#looks }),
    )
    this.#queues[queue] = turn.catch(() => {})
    try {
      answer(success(id, await turn))
      return true
    } catch (error) {
      answer(failure(id, toRpcError(error)))
      return !(error instanceof Stranger)
    } finally {
      const left = (this.#waiting.get(uid) ?? 1) - 1
      if (left > 0) this.#waiting.set(uid, left)
      else this.#waiting.delete(uid)
    }
  }

  #waitForSomebody(): void {
    clearTimeout(this.#idle)
    const { onIdle, idleMs = IDLE_MS } = this.#options
    if (onIdle && this.#server.listening) this.#idle = setTimeout(onIdle, idleMs)
  }
}

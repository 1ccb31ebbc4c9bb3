/**
 * Connections to servers: one for each server and user, made when first needed, which is what wakes a server,
 * and closed when it has been idle, which lets it sleep.
 */
import { join } from 'node:path'
import { connect } from '../../client/connect.ts'
import { AnswerTooLong, type Connection, ConnectionLost, StartTimeout } from '../../client/connection.ts'
import type { RequestOptions } from '../../client/request.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import { RpcError } from '../../protocol/jsonrpc.ts'
import { type Implementation, METHOD, NOTIFICATION, type Result } from '../../protocol/mcp.ts'
import { withoutRoom } from '../call/answer-room.ts'
import type { CallTrace } from '../call/call.ts'
import type { Memory } from '../call/memory.ts'
import type { ListKind } from './catalogue.ts'

export interface BackendsOptions {
  memory: Memory
  sockets: string
  idleMs: number
  /** Within how long a server must have started, in milliseconds. */
  startMs: number
  /** The longest answer that is taken of a server, in bytes. */
  outputBytes: number
  clientInfo: Implementation
  /** A server says that its lists have changed. */
  onListChanged(server: string, kind: ListKind): void
  /** A server of a user says that what an entry of the wake list is for is to be done now. */
  onEntryDue(of: { user: string; server: string; key: string }): void
  onColdStart(server: string): void
  onOdd(server: string, what: string): void
}

/** A request of a caller: what it may do is looked at again when its server is there, since that can take a while. */
export type CallerRequest = RequestOptions & { checkAgain(): void }

export type BackendState = 'awake' | 'asleep' | 'failing'

/** What a server says of entries is gathered for so long, in milliseconds, and of so many at a time. */
const GATHER_MS = 500
const MAX_GATHERED = 16

const LISTS: [method: string, kind: ListKind][] = [
  [NOTIFICATION.toolsChanged, 'tools'],
  [NOTIFICATION.promptsChanged, 'prompts'],
  [NOTIFICATION.resourcesChanged, 'resources'],
]

export class Backends {
  readonly #options: BackendsOptions
  readonly #all = new Map<string, Backend>()

  constructor(options: BackendsOptions) {
    this.#options = options
  }

  get(descriptor: Descriptor, user: string): Backend {
    // A user's name and a server's have no slash in them.
    const key = descriptor.scope === 'user' ? `${user}/${descriptor.service_name}` : descriptor.service_name
    let backend = this.#all.get(key)
    if (!backend) {
      backend = new Backend(descriptor, user, this.socketPath(descriptor, user), this.#options)
      this.#all.set(key, backend)
    }
    return backend
  }

  socketPath({ scope, service_name }: Descriptor, user: string): string {
    return scope === 'user'
      ? join(this.#options.sockets, user, `${service_name}.sock`)
      : join(this.#options.sockets, `${service_name}.sock`)
  }

  get inFlight(): number {
    let sum = 0
    for (const backend of this.#all.values()) sum += backend.inFlight
    return sum
  }

  /** Gives every server that is awake a notification; wakes none. */
  notifyAll(method: string, params: Record<string, unknown>): void {
    for (const backend of this.#all.values()) backend.notify(method, params)
  }

  close(): void {
    for (const backend of this.#all.values()) backend.close()
  }
}

/** The account of servers that all users share. No user has this name. */
const ALL_USERS = ''

export class Backend {
  readonly #name: string
  /** In whose account it is counted what a server makes the gateway hold. */
  readonly #account: string
  readonly #path: string
  readonly #listChanged: boolean
  /** Whether the server can have its entries of the wake list be hurried. */
  readonly #hurries: boolean
  readonly #hurried = new Set<string>()
  readonly #options: BackendsOptions
  #connection: Connection | undefined
  #connecting: Promise<Connection> | undefined
  #idle: NodeJS.Timeout | undefined
  #failed = false
  inFlight = 0

  constructor(descriptor: Descriptor, user: string, path: string, options: BackendsOptions) {
    this.#name = descriptor.service_name
    this.#account = descriptor.scope === 'user' ? user : ALL_USERS
    this.#listChanged = descriptor.listChanged
    this.#hurries = descriptor.scope === 'user' && descriptor.wakes === true
    this.#path = path
    this.#options = options
  }

  get state(): BackendState {
    if (this.#connection?.isOpen) return 'awake'
    return this.#failed ? 'failing' : 'asleep'
  }

  /** Sends a request to the server, waking it if it sleeps. Throws RpcError, or the signal's reason. */
  async request(
    method: string,
    params: Record<string, unknown>,
    options: CallerRequest,
    trace: CallTrace,
  ): Promise<Result> {
    clearTimeout(this.#idle)
    this.inFlight++
    try {
      let connection = this.#connection
      if (!connection?.isOpen || !connection.hasHeard) {
        // Its caller has gone: no server need start for it.
        const gone = options.cancellation ?? options.signal
        if (gone?.aborted) throw gone.reason
        trace.cold = true
        const began = performance.now()
        connection = await within(this.#started(), options)
        const { timeoutMs } = options
        if (timeoutMs !== undefined) options.timeoutMs = Math.max(1, timeoutMs - (performance.now() - began))
      }
      options.checkAgain()
      return await connection.request(method, params, options)
    } catch (error) {
      if (error instanceof AnswerTooLong) throw this.#tooLong(error)
      throw error instanceof ConnectionLost ? this.#lost(error) : error
    } finally {
      this.inFlight--
      this.#rest()
    }
  }

  notify(method: string, params: Record<string, unknown>): void {
    this.#connection?.notify(method, params)
  }

  close(): void {
    clearTimeout(this.#idle)
    this.#connection?.close()
  }

  /** Its socket takes a connection long before it has started, and what was sent there can't be taken back. */
  async #started(): Promise<Connection> {
    const connection = this.#connection?.isOpen ? this.#connection : await this.#connect()
    await connection.heard
    return connection
  }

  #connect(): Promise<Connection> {
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #open(): Promise<Connection> {
    const { clientInfo, memory, onOdd, onColdStart, outputBytes, startMs } = this.#options
    const unended = memory.hold(this.#account, 'answers')
    try {
      const connection = await connect(this.#path, {
        clientInfo,
        maxBytes: outputBytes,
        firstWordMs: startMs,
        pieces: true,
        onUnended: (bytes) => unended.resize(bytes),
        onOdd: (what) => onOdd(this.#name, what),
      })
      this.#connection = connection
      this.#failed = false
      onColdStart(this.#name)
      if (this.#listChanged || this.#hurries) this.#listen(connection)
      return connection
    } catch (cause) {
      this.#failed = true
      const code = (cause as NodeJS.ErrnoException).code
      throw new RpcError(
        'INTERNAL',
        `The server "${this.#name}" can't be reached${code ? ` (${code})` : ''}; "luca doctor" says what is wrong.`,
        { cause },
      )
    }
  }

  /** Asks the server to tell of changed lists, and of entries to be hurried. This does not count as a use of the connection. */
  #listen(connection: Connection): void {
    const lists = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }
    const notifications = {
      ...(this.#listChanged && lists),
      ...(this.#hurries && { entriesDue: true }),
    }
    const onNotification = (method: string, { key }: Record<string, unknown>) => {
      const kind = LISTS.find(([name]) => name === method)?.[1]
      if (kind && this.#listChanged) this.#options.onListChanged(this.#name, kind)
      if (method === NOTIFICATION.entryDue && this.#hurries && typeof key === 'string') this.#hurry(key)
    }
    // It ends with the connection; there is nothing to do then.
    connection.request(METHOD.listen, { notifications }, { onNotification }).catch(() => {})
  }

  /** However often a server says so, each entry is hurried once in a while. */
  #hurry(key: string): void {
    if (this.#hurried.size === 0) setTimeout(() => this.#hurryAll(), GATHER_MS).unref()
    if (this.#hurried.size < MAX_GATHERED) this.#hurried.add(key)
  }

  #hurryAll(): void {
    const keys = [...this.#hurried]
    this.#hurried.clear()
    for (const key of keys) this.#options.onEntryDue({ user: this.#account, server: this.#name, key })
  }

  #tooLong(cause: AnswerTooLong): RpcError {
    const limit = this.#options.outputBytes
    return new RpcError(
      'INTERNAL',
      `The answer of the server "${this.#name}" is longer than ${limit} bytes, the most that a call may return (calls.outputBytes); ask for less at a time. The call took effect.`,
      { cause, data: { limit: 'calls.outputBytes' } },
    )
  }

  #lost(cause: ConnectionLost): RpcError {
    this.#failed = true
    if (cause.cause instanceof RpcError) return withoutRoom(cause.cause)
    if (cause instanceof StartTimeout)
      return new RpcError(
        'INTERNAL',
        `The server "${this.#name}" did not start within ${this.#options.startMs / 1000} seconds (servers.startSeconds), so the call was not made; its log says why, and "luca doctor" shows where it is.`,
        { cause },
      )
    return new RpcError(
      'INTERNAL',
      `The server "${this.#name}" stopped while it worked on this call, and it is not known whether the call took effect. It starts again with the next call.`,
      { cause },
    )
  }

  #rest(): void {
    if (this.inFlight > 0) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#connection?.close(), this.#options.idleMs).unref()
  }
}

/** What a promise gives, unless the request, which is not aborted yet, is so before, or is out of time. */
function within<T>(promise: Promise<T>, options: CallerRequest): Promise<T> {
  const { cancellation, signal = cancellation?.signal, timeoutMs } = options
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => reject(options.late?.()), timeoutMs)
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    })
  })
}

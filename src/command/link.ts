/** The way to the gateway for every command: its UNIX socket, where the kernel says who is calling. */
import { existsSync } from 'node:fs'
import { type Answerer, requestWithAnswers } from '../client/ask.ts'
import { connect } from '../client/connect.ts'
import { type Connection, ConnectionLost, StartTimeout } from '../client/connection.ts'
import type { RequestOptions } from '../client/request.ts'
import { ERRORS } from '../protocol/errors.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import { type Implementation, META, type Result } from '../protocol/mcp.ts'
import { CliError } from './cli-error.ts'
import { defaultState, gatewaySocketIn } from './installation.ts'

/** Within how long a gateway that is woken must say something, in milliseconds. */
const FIRST_WORD_MS = 30_000
/** The gateway's socket in the image. */
const SYSTEM_SOCKET = '/run/mcp/gateway.sock'

/** The socket to call: the one named, else the environment's, else that of `luca up`, else the image's. */
export function gatewaySocket(named: string | undefined, env: NodeJS.ProcessEnv): string {
  const given = named ?? env.LLMBDO_GATEWAY_UNIX_SOCKET_PATH
  if (given) return given
  const own = gatewaySocketIn(defaultState(env))
  return env.LLMBDO_STATE || existsSync(own) ? own : SYSTEM_SOCKET
}

export class GatewayLink {
  readonly #connection: Connection
  /** Answers what is asked before a request is done; without it nothing can be. */
  readonly #answer: Answerer | undefined

  private constructor(connection: Connection, answer: Answerer | undefined) {
    this.#connection = connection
    this.#answer = answer
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  /** Settles once the connection has ended. */
  get closed(): Promise<void> {
    return this.#connection.closed
  }

  /** The same connection, with another way to answer what is asked. */
  answering(answer: Answerer): GatewayLink {
    return new GatewayLink(this.#connection, answer)
  }

  /** Connects. Throws a CliError that says how to get a gateway where there is none. */
  static async open(path: string, clientInfo: Implementation, answer?: Answerer): Promise<GatewayLink> {
    try {
      return new GatewayLink(await connect(path, { clientInfo, firstWordMs: FIRST_WORD_MS }), answer)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EACCES')
        throw new CliError('denied', `You may not use ${path}; join the group of that socket.`, { cause })
      throw new CliError(
        'unreachable',
        `No gateway answers at ${path}; start one with "luca up", or name its socket with --socket.`,
        { cause },
      )
    }
  }

  /** A request's result. Throws a CliError with the gateway's own sentence where it answers with an error. */
  async request(
    method: string,
    params: Record<string, unknown> = {},
    options: RequestOptions = {},
  ): Promise<Result> {
    try {
      const send = (given: Record<string, unknown>) => this.#connection.request(method, given, options)
      if (!this.#answer) return await send(params)
      const _meta = { [META.clientCapabilities]: CAN_ANSWER, ...(params._meta as object | undefined) }
      return await requestWithAnswers(send, { ...params, _meta }, this.#answer)
    } catch (cause) {
      if (cause instanceof RpcError)
        throw new CliError(DENIED.has(cause.code) ? 'denied' : 'failed', cause.message, { cause })
      if (cause instanceof StartTimeout)
        throw new CliError(
          'unreachable',
          'The gateway does not start; "luca log --server gateway" says why.',
          { cause },
        )
      if (cause instanceof ConnectionLost)
        throw new CliError(
          'unreachable',
          'The gateway closed the connection before it answered; "luca log" may say why. Try again.',
          { cause },
        )
      throw cause
    }
  }

  /** As `request`, for a method whose result's shape is known. */
  async ask<T>(method: string, params: Record<string, unknown> = {}, signal?: AbortSignal): Promise<T> {
    return (await this.request(method, params, signal ? { signal } : {})) as unknown as T
  }

  /** The value that a v1 method gives; parameters by position or by name. */
  async v1<T>(method: string, given: unknown, signal?: AbortSignal): Promise<T> {
    const params = given === undefined ? {} : { arguments: given }
    return (await this.request(method, params, signal ? { signal } : {})).value as T
  }

  close(): void {
    this.#connection.close()
  }
}

/** What a caller that can answer declares, as an MCP client's capabilities. */
const CAN_ANSWER = { elicitation: { form: {} } }

const DENIED: ReadonlySet<number> = new Set([ERRORS.FORBIDDEN.code, ERRORS.UNAUTHENTICATED.code])

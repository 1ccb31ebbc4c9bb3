/** The way to the gateway for every command: its UNIX socket, where the kernel says who is calling. */
import { existsSync } from 'node:fs'
import { type Connection, ConnectionLost, connect, type RequestOptions } from '../client/connection.ts'
import { ERRORS } from '../protocol/errors.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import type { Implementation, Result } from '../protocol/mcp.ts'
import { Refusal } from './refusal.ts'
import { defaultState, gatewaySocketIn } from './up/places.ts'

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

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Connects. Throws a Refusal that says how to get a gateway where there is none. */
  static async open(path: string, clientInfo: Implementation): Promise<GatewayLink> {
    try {
      return new GatewayLink(await connect(path, { clientInfo }))
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EACCES')
        throw new Refusal('denied', `You may not use ${path}; join the group of that socket.`, { cause })
      throw new Refusal(
        'unreachable',
        `No gateway answers at ${path}; start one with "luca up", or name its socket with --socket.`,
        { cause },
      )
    }
  }

  /** A request's result. Throws a Refusal with the gateway's own sentence where it answers with an error. */
  async request(
    method: string,
    params: Record<string, unknown> = {},
    options: RequestOptions = {},
  ): Promise<Result> {
    try {
      return await this.#connection.request(method, params, options)
    } catch (cause) {
      if (cause instanceof RpcError)
        throw new Refusal(DENIED.has(cause.code) ? 'denied' : 'failed', cause.message, { cause })
      if (cause instanceof ConnectionLost)
        throw new Refusal(
          'unreachable',
          'The gateway closed the connection before it answered; see its log and try again.',
          { cause },
        )
      throw cause
    }
  }

  /** As `request`, for a method whose result's shape is known. */
  async ask<T>(method: string, params: Record<string, unknown> = {}, signal?: AbortSignal): Promise<T> {
    return (await this.request(method, params, signal ? { signal } : {})) as unknown as T
  }

  close(): void {
    this.#connection.close()
  }
}

const DENIED: ReadonlySet<number> = new Set([ERRORS.FORBIDDEN.code, ERRORS.UNAUTHENTICATED.code])

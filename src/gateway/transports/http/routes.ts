/** What an endpoint is, and how the one for a request is found. */
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { type ErrorFormat, HttpError } from './errors.ts'
import type { Exchange, HttpRequest, HttpResponse } from './exchange.ts'

export type Method = 'GET' | 'POST' | 'DELETE'
export type Handler<E> = (exchange: E) => Promise<void> | void

/** Who an endpoint is for decides what its handlers are given. */
export type Endpoint = EndpointFor<'anyone', Visit> | EndpointFor<'users', Exchange>

interface EndpointFor<Who, E> {
  /**
   * A path, which may end with a name: `{name}` is one segment of it, `{+name}` whatever is left. A path without a name counts
   * before those with one, and among these the first.
   */
  readonly route: string
  readonly who: Who
  /** HEAD is answered by GET; OPTIONS and the header Allow follow from these. */
  readonly methods: Readonly<Partial<Record<Method, Handler<E>>>>
  /** Answers any other method; without it they are refused with 405. */
  readonly otherwise?: Handler<E>
  /** What errors look like. */
  readonly errors: ErrorFormat
  /** What else to say to who uses another method. */
  readonly hint?: string
}

/** A request of whoever it is; its body is not read. */
export interface Visit {
  readonly req: HttpRequest
  readonly res: HttpResponse
}

export interface Found {
  readonly endpoint: Endpoint
  /** What stands in the path where the route has a name, as it came; undefined where it has none. */
  readonly name: string | undefined
}

interface Named {
  readonly prefix: string
  /** Whether the name may have slashes. */
  readonly takesAll: boolean
  readonly endpoint: Endpoint
}

const NAMED_ROUTE = /^([^{}]*\/)\{(\+?)[a-z]+\}$/

export class Routes {
  readonly #plain = new Map<string, Found>()
  readonly #named: Named[] = []

  constructor(endpoints: readonly Endpoint[]) {
    for (const endpoint of endpoints) {
      const { route } = endpoint
      const [, prefix, plus] = NAMED_ROUTE.exec(route) ?? []
      if (prefix !== undefined) this.#named.push({ prefix, takesAll: plus === '+', endpoint })
      else if (!this.#plain.has(route)) this.#plain.set(route, { endpoint, name: undefined })
      else throw new Error(`There are two endpoints at ${route}.`)
    }
  }

  /** `path` is one of `readTarget`. */
  find(path: string): Found | undefined {
    const plain = this.#plain.get(path)
    if (plain) return plain
    for (const { prefix, takesAll, endpoint } of this.#named) {
      if (path.length === prefix.length || !path.startsWith(prefix)) continue
      if (takesAll || !path.includes('/', prefix.length)) return { endpoint, name: path.slice(prefix.length) }
    }
    return undefined
  }
}

/** The methods that an endpoint has, as the header Allow names them; undefined where it answers them all alike. */
export function allowed({ methods, otherwise }: Endpoint): string | undefined {
  if (otherwise) return undefined
  const names = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  return [...names, 'OPTIONS'].join(', ')
}

/** What answers a method. Throws HttpError, with 405 and the header Allow, where nothing does. */
export function handlerOf<E>(
  endpoint: EndpointFor<unknown, E>,
  method: string,
  res: HttpResponse,
): Handler<E> {
  const { methods, otherwise, hint } = endpoint
  const name = method === 'HEAD' ? 'GET' : method
  const handler = Object.hasOwn(methods, name) ? methods[name as Method] : otherwise
  if (handler) return handler
  res.setHeader('allow', allowed(endpoint as unknown as Endpoint) ?? '')
  const use = `Use ${Object.keys(methods).join(' or ')} here.`
  throw new HttpError(405, new RpcError('INVALID_REQUEST', hint === undefined ? use : `${use} ${hint}`))
}

/** A name of a path as its client meant it. Throws HttpError. */
export function decodedName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch (cause) {
    throw new HttpError(
      400,
      new RpcError('INVALID_PARAMS', 'The name in the path is not well encoded.', { cause }),
    )
  }
}

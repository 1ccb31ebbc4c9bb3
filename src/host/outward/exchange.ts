/** One request and the head of its answer, by node:http, on a connection of ours. */
import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { OutwardError } from './error.ts'
import { hostIn } from './named-hosts.ts'
import type { HttpRequest } from './redirect.ts'
import type { TimeLimits } from './time-limits.ts'

/** How long a connection that nothing is asked on is kept for the next request, in milliseconds. */
const KEPT_MS = 4000
/** RFC 9110, section 9.2.2, and those of WebDAV that read: what may be sent twice. */
const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH'])

export type Open = (host: string, port: number, tls: boolean, signal: AbortSignal) => Promise<Socket>

export interface ExchangeLimits {
  /** Between a request and the head of its answer. */
  firstByteMs: number
  /** Of all headers of one answer. */
  headerBytes: number
}

export class Exchanges {
  readonly #agents: Record<string, Agent>

  /** Opens connections by `open` alone, and keeps them for a moment for requests to the same host and port. */
  constructor(open: Open) {
    this.#agents = { 'http:': new ByOpen(open, false), 'https:': new ByOpen(open, true) }
  }

  /** Throws what Node does, an OutwardError of `open`, or an abort. */
  async send(request: HttpRequest, limits: ExchangeLimits, time: TimeLimits): Promise<IncomingMessage> {
    for (;;) {
      const sent = this.#sent(request, limits, time)
      try {
        return await answerTo(sent, request.url.host, limits.firstByteMs, time)
      } catch (error) {
        // The other side closes a kept connection when it likes, which may be just now.
        const isStale = sent.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
        if (!isStale || !REPEATABLE.has(request.method) || time.signal.aborted) throw error
      }
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  #sent({ url, method, headers, body }: HttpRequest, { headerBytes }: ExchangeLimits, time: TimeLimits) {
    const length = body === undefined ? [] : [['content-length', String(body.byteLength)]]
    const options: RequestOptions & ForOpen = {
      agent: this.#agents[url.protocol],
      host: hostIn(url),
      port: portOf(url),
      method,
      path: `${url.pathname}${url.search}`,
      headers: Object.fromEntries([...headers, ...length, ['host', url.host]]),
      maxHeaderSize: headerBytes,
      signal: time.signal,
      until: time.signal,
    }
    const sent = httpRequest(options)
    sent.end(body)
    return sent
  }
}

/** The head of an answer. */
function answerTo(
  sent: ClientRequest,
  place: string,
  firstByteMs: number,
  time: TimeLimits,
): Promise<IncomingMessage> {
  const wait = () => time.begin(firstByteMs, 'did not answer')
  sent.once('finish', wait)
  return new Promise((resolve, reject) => {
    sent.once('response', (incoming) => {
      sent.off('finish', wait)
      time.pause()
      resolve(incoming)
    })
    sent.once('upgrade', (_, socket) => {
      socket.destroy()
      reject(
        new OutwardError('broken_answer', `${place} answers by another protocol, which was not asked for.`),
      )
    })
    // Also after the head: what breaks off then, the body tells.
    sent.on('error', reject)
  })
}

/** The port that a URL is asked at. */
export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)

/** Node keeps `signal` from agents. */
interface ForOpen {
  until: AbortSignal
}

class ByOpen extends Agent {
  readonly #open: Open
  readonly #tls: boolean

  constructor(open: Open, tls: boolean) {
    super({ keepAlive: true, timeout: KEPT_MS, maxFreeSockets: 16 })
    this.#open = open
    this.#tls = tls
  }

  override createConnection(
    { host, port, until }: RequestOptions & Partial<ForOpen>,
    give: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open(String(host), Number(port), this.#tls, until as AbortSignal).then(
      (socket) => give(null, socket),
      (error: Error) => give(error, undefined as unknown as Duplex),
    )
  }
}

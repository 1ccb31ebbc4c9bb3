import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { parse } from '../../protocol/jsonrpc.ts'
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts'
import { NeedsAttention, type OpenUpstream, type UpstreamHandlers } from './upstream.ts'

export interface WebSocketUpstreamOptions {
  url: string
  /** Read anew for each connection, so that a token that was replaced is taken up. */
  readToken(): Promise<string | undefined>
  /** Likewise: certificates (PEM) that are trusted instead of the machine's. */
  readCa(): Promise<string | undefined>
}

const HANDSHAKE_TIMEOUT_MS = 10_000
/** How often the gateway is asked whether it is still there, in milliseconds; it must have answered by the next time. */
const PING_EVERY_MS = 20_000
const MAX_REFUSAL_CHARACTERS = 500
/** Statuses that stay the same however often one tries. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404])

/** What Node calls a certificate that it does not trust. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/

/** Connects to `/ws` of an appliance, with the token in the Authorization header. */
export const websocketUpstream =
  ({ url, readToken, readCa }: WebSocketUpstreamOptions): OpenUpstream =>
  (handlers, signal) => {
    // Loaded by those alone who want it: most of luca has no use for WebSockets.
    Promise.all([import('ws'), readToken(), readCa()])
      .then(([{ WebSocket }, token, ca]) => {
        signal.throwIfAborted()
        const socket = new WebSocket(url, {
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
          ...(ca === undefined ? {} : { ca }),
          handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
          maxPayload: MAX_MESSAGE_BYTES,
          perMessageDeflate: false,
        })
        relay(socket, handlers)
        const end = () => socket.terminate()
        signal.addEventListener('abort', end)
        socket.once('close', () => signal.removeEventListener('abort', end))
      })
      .catch((cause: Error) => handlers.onClosed(new NeedsAttention(cause.message, { cause })))
  }

function relay(socket: WebSocket, handlers: UpstreamHandlers): void {
  let failure: Error | undefined
  let pings: NodeJS.Timeout | undefined
  const fail = (error: Error) => {
    failure ??= error
    socket.terminate()
  }
  socket.once('open', () => {
    pings = keepAsking(socket, fail)
    handlers.onOpen({
      send: (text) => socket.send(text, () => handlers.onDrained()),
      get unsentBytes() {
        return socket.bufferedAmount
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: () => socket.terminate(),
    })
  })
  socket.once('unexpected-response', (_, response) => {
    refusal(response).then(fail, fail)
  })
  socket.on('message', (data) => handlers.onText(data.toString()))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= UNTRUSTED.test(error.code ?? '') ? untrusted(error) : error
  })
  socket.once('close', (code, reason) => {
    clearInterval(pings)
    const words = reason.length > 0 ? `: ${reason.toString()}` : ''
    handlers.onClosed(failure ?? new Error(`the gateway closed the connection (${code}${words})`))
  })
}

/** Finds out when the other side has gone without a word, as a machine that lost its network does. */
function keepAsking(socket: WebSocket, fail: (error: Error) => void): NodeJS.Timeout {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  return setInterval(() => {
    if (!answered) return fail(new Error('the gateway no longer answers'))
    answered = false
    socket.ping()
  }, PING_EVERY_MS)
}

const untrusted = (cause: Error): Error =>
  new NeedsAttention(
    `its certificate is not trusted (${cause.message}); name the appliance's own with --ca`,
    {
      cause,
    },
  )

async function refusal(response: IncomingMessage): Promise<Error> {
  const status = response.statusCode ?? 0
  let text = ''
  for await (const part of response.setEncoding('utf8')) {
    text += part
    if (text.length > MAX_REFUSAL_CHARACTERS) break
  }
  const message = `the gateway answered ${status}: ${sentenceOf(text.slice(0, MAX_REFUSAL_CHARACTERS).trim())}`
  return REFUSALS.has(status) ? new NeedsAttention(message) : new Error(message)
}

/** What a refusal says to people, where it is an error of JSON-RPC. */
function sentenceOf(text: string): string {
  const parsed = parse(text)
  return parsed.kind === 'response' && 'error' in parsed.message ? parsed.message.error.message : text
}

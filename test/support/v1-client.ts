/**
 * A client of the older llmbasedos, written from what is known of its protocol alone: one JSON text a message,
 * ended by NUL on UNIX sockets and one a frame on WebSockets, ids that are echoed, nothing else.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'

// biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
type Json = any

export interface V1Client {
  /** Sends a text as it is. */
  send(text: string | Buffer): void
  /** The next message that comes. */
  next(): Promise<Json>
  /** Sends a request without "jsonrpc", as they did, and gives its answer. */
  call(method: string, params?: unknown): Promise<{ id: unknown; result?: Json; error?: Json }>
  /** How the connection ended, once it has. */
  readonly closed: Promise<{ code: number; reason: string }>
  close(): void
}

/** Messages in the order in which they came, and those who wait for them. */
class Inbox {
  readonly #messages: Json[] = []
  readonly #waiting: ((message: Json) => void)[] = []
  put(text: string): void {
    const message = JSON.parse(text)
    const waiting = this.#waiting.shift()
    if (waiting) waiting(message)
    else this.#messages.push(message)
  }
  next(): Promise<Json> {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift())
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

function client(send: V1Client['send'], inbox: Inbox, closed: V1Client['closed'], close: () => void) {
  let id = 0
  const answers = new Map<unknown, (answer: Json) => void>()
  const unasked = new Inbox()
  void (async () => {
    for (;;) {
      const message = await inbox.next()
      const waiting = answers.get(message?.id)
      if (waiting) {
        answers.delete(message.id)
        waiting(message)
      } else unasked.put(JSON.stringify(message))
    }
  })()
  return {
    send,
    next: () => unasked.next(),
    call(method: string, params?: unknown): Promise<Json> {
      const own = `older-${++id}`
      return new Promise((resolve) => {
        answers.set(own, resolve)
        send(JSON.stringify({ id: own, method, ...(params === undefined ? {} : { params }) }))
      })
    },
    closed,
    close,
  }
}

export async function connectUnix(path: string, terminator: '\0' | '\n' = '\0'): Promise<V1Client> {
  const socket = connect(path)
  await once(socket, 'connect')
  const inbox = new Inbox()
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    const texts = (rest + chunk).split(terminator)
    rest = texts.pop() as string
    for (const text of texts) inbox.put(text)
  })
  socket.on('error', () => {})
  const closed = once(socket, 'close').then(() => ({ code: 0, reason: '' }))
  const send = (text: string | Buffer) =>
    void socket.write(Buffer.concat([Buffer.from(text), Buffer.from(terminator)]))
  return client(send, inbox, closed, () => socket.destroy())
}

export async function connectWebSocket(
  origin: string,
  options: { token?: string; protocols?: string[]; headers?: Record<string, string> } = {},
): Promise<V1Client & { protocol: string }> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, options.protocols ?? [], {
    headers: { ...(options.token ? { authorization: `Bearer ${options.token}` } : {}), ...options.headers },
  })
  const inbox = new Inbox()
  socket.on('message', (data) => inbox.put(data.toString()))
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
  closed.catch(() => {})
  await once(socket, 'open')
  socket.on('error', () => {})
  const made = client(
    (text) => socket.send(text.toString()),
    inbox,
    closed,
    () => socket.terminate(),
  )
  return { ...made, protocol: socket.protocol }
}

/** Asks a model through the appliance, and notes when its tokens come. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import WebSocket from 'ws'

export interface Question {
  content: string
  /** What was said before. */
  history?: { role: string; content: string }[]
  tokens: number
}

/** In milliseconds from the asking. */
export interface Answer {
  firstMs: number
  lastMs: number
  tokens: number
  text: string
}

export interface Entry {
  port: number
  token: string
}

const bodyOf = ({ content, history = [], tokens }: Question) => ({
  messages: [...history, { role: 'user', content }],
  max_tokens: tokens,
  temperature: 0,
})

/** Through `/v1/chat/completions`, as a stream. */
export async function askHttp({ port, token }: Entry, question: Question): Promise<Answer> {
  const started = performance.now()
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/v1/chat/completions',
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })
  sent.end(JSON.stringify({ ...bodyOf(question), stream: true, stream_options: { include_usage: true } }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const notes = new Notes(started)
  let rest = ''
  for await (const chunk of response) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() as string
    for (const line of lines)
      if (line.startsWith('data: {')) notes.take(JSON.parse(line.slice('data: '.length)))
  }
  if (response.statusCode !== 200) throw new Error(`/v1 answered ${response.statusCode}: ${rest}`)
  return notes.answer()
}

/** Through `mcp.llm.chat` on one WebSocket, on which many can ask at once. */
export class WebSocketAsker {
  readonly #socket: WebSocket
  readonly #open = new Map<number, (message: { result?: Streamed; error?: { message: string } }) => void>()
  #nextId = 1

  constructor({ port, token }: Entry) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
      headers: { authorization: `Bearer ${token}` },
    })
    this.#socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      this.#open.get(message.id)?.(message)
    })
  }

  async opened(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) await once(this.#socket, 'open')
  }

  ask(question: Question): Promise<Answer> {
    const id = this.#nextId++
    const notes = new Notes(performance.now())
    const { messages, ...options } = bodyOf(question)
    return new Promise((resolve, reject) => {
      this.#open.set(id, ({ result, error }) => {
        if (error) reject(new Error(error.message))
        else if (result?.type === 'llm_stream_end') resolve(notes.answer(question.tokens))
        else if (result?.content) notes.take(result.content)
      })
      const params = [messages, { ...options, stream: true }]
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'mcp.llm.chat', params }))
    })
  }

  close(): void {
    this.#socket.close()
  }
}

interface Chunk {
  choices?: { delta?: { content?: string } }[]
  usage?: { completion_tokens: number } | null
}
interface Streamed {
  type: string
  content?: Chunk
}

class Notes {
  readonly #started: number
  #first: number | undefined
  #last = 0
  #tokens = 0
  #text = ''

  constructor(started: number) {
    this.#started = started
  }

  take({ choices, usage }: Chunk): void {
    if (usage) this.#tokens = usage.completion_tokens
    const content = choices?.[0]?.delta?.content
    if (!content) return
    this.#last = performance.now() - this.#started
    this.#first ??= this.#last
    this.#text += content
  }

  /** The number of tokens is the one told, else the one that was asked for. */
  answer(asked = 0): Answer {
    if (this.#first === undefined) throw new Error('The model said nothing.')
    return { firstMs: this.#first, lastMs: this.#last, tokens: this.#tokens || asked, text: this.#text }
  }
}

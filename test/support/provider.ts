/**
 * A server of ours that speaks OpenAI's shape over HTTP, as providers do: well, slowly, wrongly, or not at all. What it
 * does is chosen by the name of the model.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { obey } from './obeying.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
type Json = any

export interface Asked {
  path: string
  key: string | undefined
  body: Json
  /** Settles when the connection ended; true where that was before the answer had. */
  abandoned: Promise<boolean>
  /** Has the model `as-it-is-read` say its next lump. */
  goOn(): void
}

export interface Provider extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1`. */
  url: string
  /** All requests, in the order in which they came. */
  asked: Asked[]
  /** Ends answers that wait. */
  release(): void
}

type Behaviour = (res: ServerResponse, body: Json, nth: number, released: Promise<void>) => unknown

export const WORDS = ['The', ' sky', ' is', ' blue', '.']
export const ANSWER = WORDS.join('')
/** How many characters the model `as-it-is-read` says at once, and how many times without being asked. */
export const LUMP = 16 * 1024
const LUMPS_AHEAD = 64
/** How many words the model `long` says. */
export const LONG_WORDS = 5000
const GO_ON = 'go on'
const USAGE = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }
const CALL = {
  id: 'call_1',
  type: 'function',
  function: { name: 'get_current_time', arguments: '{"timezone":"UTC"}' },
}

const json = (res: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) =>
  res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
const failing = (status: number, message: string, headers?: Record<string, string>): Behaviour => {
  return (res) => json(res, status, { error: { message, type: 'x', code: null, param: null } }, headers)
}
const event = (res: ServerResponse, data: object | string) =>
  res.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
const chunk = (body: Json, delta: object, finish_reason: string | null = null) => ({
  id: 'chatcmpl-x',
  object: 'chat.completion.chunk',
  created: 1,
  model: body.model,
  choices: [{ index: 0, delta, finish_reason }],
})
const begin = (res: ServerResponse) => res.writeHead(200, { 'content-type': 'text/event-stream' })
const completion = (
  body: Json,
  message: object,
  finish_reason = 'stop',
  usage: object | undefined = USAGE,
) => ({
  id: 'chatcmpl-x',
  object: 'chat.completion',
  created: 1,
  model: body.model,
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason, logprobs: null }],
  ...(usage ? { usage } : {}),
})

/** Says what it was asked with, so that a test sees what came through. */
const well: Behaviour = (res, body) => {
  const wantsTool = body.tools && body.messages.at(-1)?.role !== 'tool'
  if (!body.stream) {
    if (wantsTool)
      return json(res, 200, completion(body, { content: null, tool_calls: [CALL] }, 'tool_calls'))
    const content = body.response_format ? '{"colour":"blue"}' : WORDS.join('')
    return json(res, 200, completion(body, { content }))
  }
  begin(res)
  if (wantsTool) {
    const { function: named, ...call } = CALL
    event(res, chunk(body, { role: 'assistant', content: null }))
    event(res, chunk(body, { tool_calls: [{ index: 0, ...call, function: { ...named, arguments: '' } }] }))
    for (const part of named.arguments.match(/.{1,6}/g) ?? [])
      event(res, chunk(body, { tool_calls: [{ index: 0, function: { arguments: part } }] }))
    event(res, chunk(body, {}, 'tool_calls'))
  } else {
    const words = body.response_format ? ['{"colour":', '"blue"}'] : WORDS
    event(res, chunk(body, { role: 'assistant', content: '' }))
    for (const content of words) event(res, chunk(body, { content }))
    event(res, chunk(body, {}, 'stop'))
  }
  if (body.stream_options?.include_usage) event(res, { ...chunk(body, {}), choices: [], usage: USAGE })
  event(res, '[DONE]')
  return res.end()
}

/** Calls what any text told it to call, one after the other. */
const obeying: Behaviour = (res, body) => {
  const wanted = obey(body.messages)
  const calls = wanted && [
    { index: 0, id: `call_${body.messages.length}`, type: 'function', function: wanted },
  ]
  const message = calls ? { content: null, tool_calls: calls } : { content: 'It is done.' }
  const reason = calls ? 'tool_calls' : 'stop'
  if (!body.stream) return json(res, 200, completion(body, message, reason))
  begin(res)
  event(res, chunk(body, { role: 'assistant', ...message }))
  event(res, chunk(body, {}, reason))
  if (body.stream_options?.include_usage) event(res, { ...chunk(body, {}), choices: [], usage: USAGE })
  event(res, '[DONE]')
  return res.end()
}

const text: Behaviour = (res, body) => {
  const head = { id: 'cmpl-x', object: 'text_completion', created: 1, model: body.model }
  if (!body.stream)
    return json(res, 200, {
      ...head,
      usage: USAGE,
      choices: [{ index: 0, text: WORDS.join(''), finish_reason: 'stop', logprobs: null }],
    })
  begin(res)
  for (const word of WORDS) event(res, { ...head, choices: [{ index: 0, text: word, finish_reason: null }] })
  event(res, { ...head, choices: [{ index: 0, text: '', finish_reason: 'stop' }] })
  event(res, '[DONE]')
  return res.end()
}

const embeddings: Behaviour = (res, { input, model, encoding_format: format }) =>
  json(res, 200, {
    object: 'list',
    model,
    usage: { prompt_tokens: 3, total_tokens: 3 },
    data: [input].flat().map((_, index) => ({
      object: 'embedding',
      index,
      embedding:
        format === 'base64'
          ? Buffer.from(new Float32Array([0.5, index]).buffer).toString('base64')
          : [0.5, index],
    })),
  })

/** Writes again and again, as fast as it is taken, without an end. */
function forever(res: ServerResponse, write: () => boolean): void {
  const more = () => {
    while (!res.destroyed && write());
  }
  res.on('drain', more)
  more()
}

const flood =
  (content: string): Behaviour =>
  (res, body) => {
    begin(res)
    forever(res, () => event(res, chunk(body, { content })))
  }

const endlessLine: Behaviour = (res, body) => {
  begin(res)
  event(res, chunk(body, { content: 'The' }))
  res.write('data: {"choices":[{"index":0,"delta":{"content":"')
  forever(res, () => res.write('x'.repeat(64 * 1024)))
}

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  obeying,
  unauthorized: (res, _, __) =>
    json(res, 401, {
      error: { message: `Incorrect API key provided: ${SECRET_KEY}`, code: 'invalid_api_key' },
    }),
  'rate-limited': failing(429, 'Slow down.', { 'retry-after': '120' }),
  /** Asks for a pause that is waited for. */
  'rate-limited-a-while': failing(429, 'Slow down.', { 'retry-after': '18' }),
  'rate-limited-once': (res, body, nth, released) =>
    nth === 0
      ? failing(429, 'Slow down.', { 'retry-after': '1' })(res, body, nth, released)
      : well(res, body, nth, released),
  'failing-once': (res, body, nth, released) =>
    nth === 0 ? failing(500, 'Oops.')(res, body, nth, released) : well(res, body, nth, released),
  failing: failing(500, `It broke, says ${'the key '}`),
  echoing: (res, _, __) => json(res, 400, { error: { message: `Bad request with ${SECRET_KEY} in it.` } }),
  'too-long': (res) =>
    json(res, 400, { error: { message: 'Too many tokens: 9000 of 8192.', code: 'context_length_exceeded' } }),
  hanging: () => {},
  /** Says how a question is to be answered. */
  triage: (res, body) =>
    json(res, 200, completion(body, { content: '{"level": 2, "tools": ["fs_read_text_file"]}' })),
  'endless-line': endlessLine,
  'hanging-half-way': (res, body) => {
    begin(res)
    event(res, chunk(body, { content: 'The' }))
  },
  closing: (res, body) => {
    begin(res)
    event(res, chunk(body, { content: 'The' }))
    setImmediate(() => res.destroy())
  },
  'ending-early': (res, body) => {
    begin(res)
    event(res, chunk(body, { content: 'The' }))
    res.end()
  },
  'broken-events': (res, body) => {
    begin(res)
    event(res, chunk(body, { content: 'The' }))
    event(res, '{"choices": [')
    res.end()
  },
  'not-json': (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>'),
  'error-in-stream': (res, body) => {
    begin(res)
    event(res, chunk(body, { content: 'The' }))
    event(res, { error: { message: 'Out of memory.' } })
    res.end()
  },
  redirecting: (res) => res.writeHead(307, { location: 'http://127.0.0.1:1/v1' }).end(),
  /** Takes no notice of limits, and goes on until it is stopped. */
  endless: (res, body, _, released) => {
    begin(res)
    const timer = setInterval(() => event(res, chunk(body, { content: ' more' })), 5)
    const stop = () => clearInterval(timer)
    res.once('close', stop)
    void released.then(stop)
  },
  flooding: flood(' more'.repeat(40)),
  /** Has no end either, and is never further ahead of its reader than they want. */
  'as-it-is-read': (res, body) => {
    begin(res)
    const lump = () => {
      if (!res.destroyed) event(res, chunk(body, { content: 'x'.repeat(LUMP) }))
    }
    res.on(GO_ON, lump)
    for (let i = 0; i < LUMPS_AHEAD; i++) lump()
  },
  /** So many words at once. */
  long: (res, body) => {
    begin(res)
    for (let i = 0; i < LONG_WORDS; i++) event(res, chunk(body, { content: ` ${i}` }))
    event(res, chunk(body, {}, 'stop'))
    event(res, '[DONE]')
    res.end()
  },
  /** Says that it took nothing. */
  lying: (res, body) => {
    begin(res)
    for (let i = 0; i < 40; i++) event(res, chunk(body, { content: ' words and words' }))
    event(res, chunk(body, {}, 'stop'))
    const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    event(res, { ...chunk(body, {}), choices: [], usage })
    event(res, '[DONE]')
    res.end()
  },
  /** As older servers, which do not count. */
  uncounted: (res, body, nth, released) =>
    body.stream
      ? well(res, { ...body, stream_options: undefined }, nth, released)
      : json(res, 200, { ...completion(body, { content: WORDS.join('') }), usage: undefined }),
}

/** What a request dictates in `metadata.answer`: a status, the text of a body, and fields of the request that are refused. */
export interface Dictated {
  status?: number
  headers?: Record<string, string>
  /** The whole body, in pieces where there are several. */
  body?: readonly string[]
  /** The body is not ended. */
  stays?: true
  /** A request that has one of these is refused by its name, as OpenAI does it. */
  refuses?: readonly string[]
  /** How it is refused; `{name}` stands for the field. */
  refusal?: { status: number; body: string }
}

/** What a model does in one round of a conversation with tools. */
export interface Said {
  text?: string
  calls?: readonly (readonly [name: string, args: object | string])[]
}

/** The last question of a request, where it says what the model is to do. */
export const play = (script: readonly Said[]): string =>
  `play ${Buffer.from(JSON.stringify(script)).toString('base64url')}`

/** The script of a question that `play` made, and how many answers it has had. */
function played(messages: Json): { script: readonly Said[]; nth: number } | undefined {
  const last = messages?.findLastIndex(({ role }: Json) => role === 'user') ?? -1
  const [, script] = /^play ([\w-]+)$/.exec(String(messages?.[last]?.content)) ?? []
  if (script === undefined) return undefined
  const nth = messages.slice(last).filter(({ role }: Json) => role === 'assistant').length
  return { script: JSON.parse(Buffer.from(script, 'base64url').toString()), nth }
}

/**
 * Plays a script, by how many answers the conversation has had; what stands last goes on. A request without tools is answered with the
 * first text from there on.
 */
const scripted = (res: ServerResponse, body: Json, own: readonly Said[] = []): unknown => {
  const { script, nth } = played(body.messages) ?? {
    script: own,
    nth: body.messages.filter(({ role }: Json) => role === 'assistant').length,
  }
  const said = (nth < script.length ? script[nth] : script.at(-1)) as Said
  const { text = '', calls = [] } = body.tools ? said : { text: said.text ?? 'That is all I found.' }
  const made = calls.map(([name, args], i) => ({
    id: `call_${nth}_${i}`,
    type: 'function',
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }))
  const reason = made.length > 0 ? 'tool_calls' : 'stop'
  const message = { content: text || null, ...(made.length > 0 ? { tool_calls: made } : {}) }
  if (!body.stream) return json(res, 200, completion(body, message, reason))
  begin(res)
  event(res, chunk(body, { role: 'assistant', content: '' }))
  for (const content of text.match(/[\s\S]{1,6}/g) ?? []) event(res, chunk(body, { content }))
  for (const [index, call] of made.entries()) event(res, chunk(body, { tool_calls: [{ index, ...call }] }))
  event(res, chunk(body, {}, reason))
  if (body.stream_options?.include_usage) event(res, { ...chunk(body, {}), choices: [], usage: USAGE })
  event(res, '[DONE]')
  return res.end()
}

const REFUSAL = {
  status: 400,
  body: '{"error":{"message":"Unsupported parameter: \'{name}\' is not supported with this model.","type":"invalid_request_error","param":"{name}","code":"unsupported_parameter"}}',
}

const dictated: Behaviour = (res, body, nth, released) => {
  const {
    status = 200,
    headers,
    body: parts,
    stays,
    refuses = [],
    refusal = REFUSAL,
  } = body.metadata.answer as Dictated
  const refused = refuses.find((name) => body[name] !== undefined)
  const type = { 'content-type': 'application/json' }
  if (refused !== undefined)
    return res.writeHead(refusal.status, type).end(refusal.body.replaceAll('{name}', refused))
  if (!parts) return well(res, body, nth, released)
  res.writeHead(status, { ...type, ...headers })
  for (const part of parts) res.write(part)
  return stays ? undefined : res.end()
}

/** A key that must not be seen anywhere. */
export const SECRET_KEY = 'sk-very-secret-0123456789'

/** The scripts of models by their names; those of others come with the request, as `metadata.script`. */
export async function startProvider(
  scripts: Readonly<Record<string, readonly Said[]>> = {},
): Promise<Provider> {
  const asked: Asked[] = []
  const released = Promise.withResolvers<void>()
  const counts = new Map<string, number>()
  const server = createServer(async (req, res) => {
    const body = await bodyOf(req)
    const abandoned = once(res, 'close').then(() => !res.writableFinished)
    const key = req.headers.authorization?.replace(/^Bearer /, '')
    asked.push({ path: req.url ?? '', key, body, abandoned, goOn: () => void res.emit(GO_ON) })
    const nth = counts.get(body.model) ?? 0
    counts.set(body.model, nth + 1)
    const usual = req.url === '/v1/embeddings' ? embeddings : req.url === '/v1/completions' ? text : well
    const script = scripts[body.model] ?? body.metadata?.script
    if (script || played(body.messages)) return scripted(res, body, script)
    const special = body.metadata?.answer ? dictated : undefined
    const behaviour = special ?? BEHAVIOURS[body.model] ?? usual
    behaviour(res, body, nth, released.promise)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    release: () => released.resolve(),
    async [Symbol.asyncDispose]() {
      released.resolve()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function bodyOf(req: IncomingMessage): Promise<Json> {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString())
}

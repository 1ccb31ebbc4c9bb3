/**
 * Conversations for programs that know neither MCP nor OpenAI's API: in the shapes of two chat services that the project takes after. All of
 * it is calls of the server of conversations, and of language models, that take the way of every other call.
 */
import { ERRORS } from '../../../protocol/errors.ts'
import { RpcError } from '../../../protocol/jsonrpc.ts'
import { type CallToolResult, METHOD } from '../../../protocol/mcp.ts'
import { advertisedName, splitAdvertisedName } from '../../../protocol/names.ts'
import { isRecord, textIn } from '../../../protocol/values.ts'
import { sendJson } from './answer.ts'
import { askModels } from './ask-models.ts'
import { readJson } from './body.ts'
import { runCall } from './call.ts'
import type { Exchange } from './exchange.ts'
import type { Handler } from './routes.ts'
import { speakable } from './speakable.ts'

type Body = Record<string, unknown>

/** The server of conversations. */
const CHAT = 'chat'
/** Callers whose conversation is remembered; the oldest is forgotten first, and begins a new one. */
const MAX_CALLERS = 1000
const OPEN_STATES: ReadonlySet<unknown> = new Set(['waiting', 'running'])
/** The model that makes answers fit to be spoken, where models.yaml names one. */
const SPEAKING_MODEL = 'llm_tts'
const SPEAK =
  'Say the following in one or two sentences that can be spoken aloud: no lists, no code, no addresses. Answer with these alone.'
/** What of an answer is given to be made speakable, in characters. */
const MAX_SPOKEN = 8000
const CLIENT_TYPES = ['web', 'android', 'tui']

/** An answer as the server of conversations tells it. */
interface Answer {
  conversation: string
  message: number
  text: string
  state: string
  why?: string
}

export function conversations(): Record<
  'chat' | 'process' | 'reset' | 'tasks' | 'status',
  Handler<Exchange>
> {
  /** The conversation that each caller is in, by the caller's id. */
  const current = new Map<string, string>()

  function remember(caller: string, conversation: string): void {
    current.delete(caller)
    current.set(caller, conversation)
    if (current.size > MAX_CALLERS) current.delete(current.keys().next().value as string)
  }

  /** Says something in the conversation that is named, or else in the one that the caller is in. */
  async function ask(exchange: Exchange, text: string, named: string | undefined): Promise<Answer> {
    const { id } = exchange.principal
    const conversation = named ?? current.get(id)
    const say = (more: Body) => callChat<Answer>(exchange, 'send', { text, ...more })
    if (conversation === undefined) return say({})
    try {
      return await say({ conversation })
    } catch (error) {
      if (named !== undefined || !(error instanceof RpcError) || error.code !== ERRORS.INVALID_PARAMS.code)
        throw error
      // The one that it was in may have been deleted meanwhile, by another client.
      current.delete(id)
      return say({})
    }
  }

  return {
    /** POST: the answer to a conversation that its caller keeps. The model may use the caller's tools. */
    async chat(exchange) {
      const { messages, model } = await bodyOf(exchange, '{"messages": [{"role": "user", "content": "…"}]}')
      const request = { messages, tools: 'auto', ...(model === undefined ? {} : { model }) }
      sendJson(exchange.res, 200, { response: textOf(await askModels('mcp.llm.chat', request, exchange)) })
    },

    /** POST: what the caller says next in the conversation that it is in, and the answer. */
    async process(exchange) {
      const body = await bodyOf(exchange, '{"request": "…"}')
      const request = requestIn(body)
      const asked = await ask(exchange, request, textIn(body.conversation))
      remember(exchange.principal.id, asked.conversation)
      const answer = await whole(asked, exchange)
      const { text, state, why } = answer
      const isWhole = state === 'whole'
      const spoken =
        isWhole && body.sound_enabled === true
          ? { text_display: text, text_tts: await spokenText(text, exchange) }
          : {}
      sendJson(exchange.res, 200, {
        status: isWhole ? 'success' : 'error',
        response: text || (why ?? 'There was no answer.'),
        conversation: answer.conversation,
        selected_modules: await modulesOf(answer, exchange),
        ...spoken,
      })
    },

    /** POST: the next request begins a conversation. The one before stays where conversations are. */
    async reset({ res, principal }) {
      current.delete(principal.id)
      sendJson(res, 200, { status: 'success' })
    },

    /** GET: the caller's answers that are still being made. */
    async tasks(exchange) {
      const { conversations: all } = await callChat<{
        conversations: { id: string; title: string; answering: boolean }[]
      }>(exchange, 'list_conversations', { limit: 50 })
      const open = all.filter(({ answering }) => answering)
      sendJson(exchange.res, 200, {
        background_tasks: open.map(({ title }) => ({ module: CHAT, status: `Answers: ${title}` })),
        // Another one means that something is other than before.
        id: open.map(({ id }) => id).join(' '),
      })
    },

    /** GET: the servers that the caller may use, each with how many tools it has. */
    async status(exchange) {
      const { value } = await runCall(exchange, { method: 'mcp.listCapabilities', params: {} })
      const { tools } = (await runCall(exchange, {
        method: METHOD.listTools,
        params: {},
      })) as unknown as { tools: { name: string }[] }
      const counts = new Map<string, number>()
      for (const { name } of tools) {
        const server = splitAdvertisedName(name)?.server
        if (server !== undefined) counts.set(server, (counts.get(server) ?? 0) + 1)
      }
      const modules = (value as { service_name: string; description: string }[]).map(
        ({ service_name: name, description }) => ({
          name,
          // It sleeps until it is called.
          status: 'connected',
          description,
          complexity: null,
          tools_count: counts.get(name) ?? 0,
          enabled: true,
          url: null,
          llm: null,
        }),
      )
      sendJson(exchange.res, 200, { status: 'success', modules })
    },
  }
}

async function bodyOf(exchange: Exchange, shape: string): Promise<Body> {
  const body = await readJson(exchange.gate.memory, exchange)
  if (isRecord(body)) return body
  throw new RpcError('INVALID_PARAMS', `The body must be ${shape}.`)
}

/** What is said, with where its speaker is. Throws INVALID_PARAMS. */
function requestIn({ request, position, client_type: client, sound_enabled: sound }: Body): string {
  if (typeof request !== 'string' || request.trim() === '')
    throw new RpcError('INVALID_PARAMS', '"request" must be a text: what you say.')
  if (sound !== undefined && typeof sound !== 'boolean')
    throw new RpcError('INVALID_PARAMS', '"sound_enabled" must be true or false.')
  if (client !== undefined && !CLIENT_TYPES.includes(client as string))
    throw new RpcError('INVALID_PARAMS', `"client_type" must be one of ${CLIENT_TYPES.join(', ')}.`)
  if (position === undefined || position === null) return request
  const { latitude, longitude } = isRecord(position) ? position : {}
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180))
    throw new RpcError('INVALID_PARAMS', '"position" must have a "latitude" and a "longitude", in degrees.')
  return `${request}\n\n(I am at latitude ${latitude}, longitude ${longitude}.)`
}

const isWithin = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Math.abs(value) <= most

/** What a tool of conversations gives. Throws RpcError where it fails, with its words. */
async function callChat<T>(exchange: Exchange, tool: string, args: Body): Promise<T> {
  const name = advertisedName(CHAT, tool)
  const result = (await runCall(exchange, {
    method: METHOD.callTool,
    params: { name, arguments: args },
  })) as CallToolResult
  if (isRecord(result.structuredContent)) return result.structuredContent as T
  const said = (result.content ?? []).map((block) => (block.type === 'text' ? block.text : '')).join('\n')
  throw new RpcError('INVALID_PARAMS', said || `"${name}" gave nothing.`)
}

/** Waits until an answer has ended, for as long as its caller does. */
async function whole(answer: Answer, exchange: Exchange): Promise<Answer> {
  let now = answer
  while (OPEN_STATES.has(now.state))
    now = await callChat<Answer>(exchange, 'join', { conversation: answer.conversation })
  return now
}

/** The servers whose tools were used for an answer. */
async function modulesOf({ conversation, message }: Answer, exchange: Exchange): Promise<string[]> {
  const { messages } = await callChat<{ messages: Body[] }>(exchange, 'get_conversation', {
    conversation,
    limit: 1,
  })
  const calls = messages.find(({ id }) => id === message)?.calls
  const names = Array.isArray(calls) ? calls.filter(isRecord).map(({ name }) => textIn(name) ?? '') : []
  return [...new Set(names.flatMap((name) => splitAdvertisedName(name)?.server ?? []))]
}

/** One or two sentences: of the model that makes such, or else the first ones of the answer. */
async function spokenText(text: string, exchange: Exchange): Promise<string> {
  const messages = [
    { role: 'system', content: SPEAK },
    { role: 'user', content: text.slice(0, MAX_SPOKEN) },
  ]
  try {
    const made = textOf(await askModels('mcp.llm.chat', { model: SPEAKING_MODEL, messages }, exchange))
    return speakable(made.trim() === '' ? text : made)
  } catch (error) {
    if (error instanceof RpcError) return speakable(text)
    throw error
  }
}

/** The text of an answer in OpenAI's shape. */
function textOf(answer: unknown): string {
  const [choice] = isRecord(answer) && Array.isArray(answer.choices) ? answer.choices : []
  return isRecord(choice) && isRecord(choice.message) ? (textIn(choice.message.content) ?? '') : ''
}

/** A loop with models that play a script, and tools that are functions: what a request comes to, and what was asked on the way. */
import { readModelAliases } from '../../../../contracts/testing/read-model-aliases.ts'
import type { CallToolResult, Result, Tool } from '../../../../protocol/mcp.ts'
import type { CallTrace, ConsentedCall } from '../../../call/call.ts'
import { Memory } from '../../../call/memory.ts'
import type { Answer, Models } from '../../attempt.ts'
import type { Chunk } from '../../chunks.ts'
import { estimatePrompt } from '../../estimate.ts'
import type { AskOptions, Where } from '../../model-server.ts'
import { type JsonObject, readRequest } from '../../request.ts'
import { TokenUsage } from '../../token-usage.ts'
import type { LoopLimits, ToolCall } from '../host.ts'
import { answerWithTools } from '../loop.ts'

/** What the model says in one round: words, calls as names with their arguments, or a failure. */
export interface Said {
  text?: string
  calls?: readonly (readonly [name: string, args: object | string])[]
  finishReason?: string
  fails?: { code: string; message: string }
}

export interface Asked {
  where: Where
  body: JsonObject
  /** Texts of the messages, in their order. */
  texts: string[]
  /** Names of the tools that it was given. */
  tools: string[]
}

export interface ScriptedOptions {
  /** What is said in each round; the last goes on. A function is asked each time. */
  script: readonly Said[] | ((asked: Asked, nth: number) => Said)
  tools?: readonly Tool[]
  /** Tools by what the question means, the nearest first. */
  near?: readonly Tool[]
  run?: (made: ToolCall) => Promise<Partial<CallToolResult> | string> | Partial<CallToolResult> | string
  request?: JsonObject
  /** models.yaml; by default one model elsewhere. */
  models?: JsonObject
  /** Of a model of this machine: how many tokens it sees at once, and makes of one by our estimate. */
  local?: { context: number; scale?: number; canCall?: boolean }
  limits?: Partial<LoopLimits>
  timeoutMs?: number
  signal?: AbortSignal
  checkAgain?: () => void
  memory?: Memory
}

export interface Played {
  answer: Answer
  content: string
  loop: JsonObject
  asked: Asked[]
  /** The tools that were called, with their arguments. */
  called: [name: string, args: object][]
  made: ToolCall[]
  chunks: Chunk[]
  /** The steps that were told. */
  steps: JsonObject[]
}

export const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  description: `Does ${name.replaceAll('_', ' ')}.`,
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  ...more,
})

export const CHANGES = {
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
}

const MIB = 1024 * 1024
const ELSEWHERE = {
  providers: { there: { api_base_url: 'http://127.0.0.1:1/v1' } },
  models: { big: { provider: 'there', is_default: true } },
}

export async function play(options: ScriptedOptions): Promise<Played> {
  const { script, tools = [tool('fs_read'), tool('fs_list')], local, timeoutMs = 60_000 } = options
  const asked: Asked[] = []
  const made: ToolCall[] = []
  const chunks: Chunk[] = []
  let nth = 0

  function chat(where: Where, body: JsonObject, events: AskOptions['events']): CallToolResult {
    const tokens = Math.ceil(estimatePrompt(body) * (local?.scale ?? 1))
    if (local && tokens > local.context)
      return failure('context_length_exceeded', `${tokens} tokens are more than ${local.context}.`)
    const one = askedOf(where, body)
    asked.push(one)
    const said =
      typeof script === 'function' ? script(one, nth) : (script[Math.min(nth, script.length - 1)] as Said)
    const round = nth++
    if (said.fails) return failure(said.fails.code, said.fails.message)
    const calls = (said.calls ?? []).map(([name, args], i) => ({
      id: `c${round}_${i}`,
      type: 'function',
      function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
    }))
    for (const content of (said.text ?? '').match(/[\s\S]{1,5}/g) ?? [])
      events?.onDelta({ delta: { content } })
    for (const [index, call] of calls.entries())
      events?.onDelta({ delta: { tool_calls: [{ index, ...call }] } })
    const message = {
      role: 'assistant',
      content: said.text ?? null,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    }
    return whole({
      model: 'big',
      choices: [
        { index: 0, message, finish_reason: said.finishReason ?? (calls.length > 0 ? 'tool_calls' : 'stop') },
      ],
      usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
    })
  }

  const models: Models = {
    aliases: () => readModelAliases(local ? {} : (options.models ?? ELSEWHERE)),
    usage: new TokenUsage({ load: () => [], async save() {} }),
    onFallback() {},
    async callServer(where, name, args, { signal, events }) {
      signal.throwIfAborted()
      if (name === 'count')
        return whole({
          model: 'small',
          tokens: Math.ceil(estimatePrompt(args) * (local?.scale ?? 1)),
          context: local?.context,
          tools: local?.canCall !== false,
        })
      return chat(where, structuredClone(args), events)
    },
  }
  const call = {
    grant: { tier: 'OWNER', llm: { allowsModel: () => true }, ofUser: { tier: 'OWNER' } },
    principal: { id: 'p', user: 'u' },
    signal: options.signal ?? new AbortController().signal,
    timeoutMs,
    deadline: performance.now() + timeoutMs,
    slot: { suspend() {}, resume() {} },
    checkAgain: options.checkAgain ?? (() => {}),
  } as unknown as ConsentedCall
  const host = {
    tools: () => tools,
    find: (_: ConsentedCall, text: string) =>
      tools.filter(({ name }) => text.split(/\W+/).some((word) => word !== '' && name.includes(word))),
    async call(_: ConsentedCall, __: CallTrace, one: ToolCall): Promise<Result> {
      made.push(one)
      const given = (await options.run?.(one)) ?? `what ${one.name} gives`
      const fields = typeof given === 'string' ? { content: [{ type: 'text', text: given }] } : given
      return { resultType: 'complete', ...fields }
    },
  }
  const limits = { rounds: 10, tokens: 1_000_000, ms: 40_000, ...options.limits }
  const memory = options.memory ?? new Memory({ perCallerBytes: 64 * MIB, inAllBytes: 64 * MIB })
  const listener = { chunk: (chunk: Chunk) => void chunks.push(chunk), queued: () => undefined }
  const request = readRequest('chat', {
    messages: [{ role: 'user', content: 'What is there?' }],
    tools: 'auto',
    ...options.request,
  })
  const meanings = { nearest: async () => options.near ?? [] }
  const loops = { memory, host, meanings, limits }
  const answer = await answerWithTools(models, loops, call, {}, request, listener)
  const [choice] = answer.choices as { message: { content: string } }[]
  return {
    answer,
    content: choice?.message.content ?? '',
    loop: (answer.llmbasedos as { loop: JsonObject }).loop,
    asked,
    called: made.map((one) => [one.name, one.arguments]),
    made,
    chunks,
    steps: chunks.flatMap(({ llmbasedos }) => (llmbasedos?.step ? [llmbasedos.step as JsonObject] : [])),
  }
}

function askedOf(where: Where, body: JsonObject): Asked {
  const messages = body.messages as { content?: unknown }[]
  const tools = (body.tools ?? []) as { function: { name: string } }[]
  return {
    where,
    body,
    texts: messages.map(({ content }) => (typeof content === 'string' ? content : '')),
    tools: tools.map((one) => one.function.name),
  }
}

const whole = (structuredContent: object): CallToolResult => ({
  resultType: 'complete',
  content: [],
  structuredContent,
})

const failure = (code: string, message: string): CallToolResult => ({
  ...whole({ error: { code, message } }),
  isError: true,
})

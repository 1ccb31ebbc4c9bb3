/**
 * Stands in for servers/llm-local, the server that runs models on this machine: it keeps to the same contract, and answers from
 * a script. What it does is chosen by what is asked last.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type Static, Type } from 'typebox'
import { defineServer, defineTool, type ToolContext, type ToolReply } from '../../src/protocol/define.ts'

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: false }
const MODELS = [
  { id: 'tiny', kind: 'chat', context: 2048, bytes: 1000, loaded: false, default: true },
  { id: 'tiny-embed', kind: 'embedding', context: 512, bytes: 1000, loaded: false, default: false },
]
const WORDS = ['I', ' am', ' tiny', '.']

const failed = (code: string, message: string, more = {}): ToolReply<Record<string, unknown>> => ({
  isError: true,
  content: [{ type: 'text', text: message }],
  structured: { error: { code, message, ...more } },
})

const Chat = Type.Object(
  {
    model: Type.Optional(Type.String()),
    messages: Type.Array(Type.Object({ role: Type.String(), content: Type.Unknown() })),
    max_tokens: Type.Optional(Type.Integer({ minimum: 1 })),
    temperature: Type.Optional(Type.Number()),
    response_format: Type.Optional(Type.Object({})),
    context_overflow: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

async function chat(
  { model = 'tiny', messages, max_tokens }: Static<typeof Chat>,
  call: ToolContext,
  dir: State,
): Promise<ToolReply<Record<string, unknown>>> {
  if (dir.isEmpty) return failed('no_model', 'There is no model.')
  if (!MODELS.some(({ id }) => id === model))
    return failed(
      'unknown_model',
      `There is no model "${model}" on this machine; there are tiny, tiny-embed.`,
    )
  const said = String(messages.at(-1)?.content)
  if (said === 'full') return failed('queue_full', '16 requests wait already.')
  if (said === 'long')
    return failed('context_length_exceeded', 'The prompt has 9000 tokens, and the model takes 2048.', {
      tokens: 9000,
      limit: 2048,
    })
  if (said === 'die') process.exit(1)
  if (said === 'queue') call.sendModelStatus({ queued: { position: 2 } })
  const count = Math.min(max_tokens ?? WORDS.length, WORDS.length)
  for (const content of WORDS.slice(0, count)) call.sendDelta({ delta: { content } })
  if (said === 'forever') {
    try {
      for (;;) {
        await pause(5, undefined, { signal: call.signal })
        call.sendDelta({ delta: { content: ' on' } })
      }
    } finally {
      process.stderr.write('generation stopped\n')
    }
  }
  const finish_reason = count < WORDS.length ? 'length' : 'stop'
  call.sendDelta({ delta: {}, finish_reason })
  const prompt_tokens = messages.length * 10
  return {
    content: [],
    structured: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model,
      choices: [
        { index: 0, message: { role: 'assistant', content: WORDS.slice(0, count).join('') }, finish_reason },
      ],
      usage: {
        prompt_tokens,
        completion_tokens: count,
        total_tokens: prompt_tokens + count,
        prompt_tokens_details: { cached_tokens: 0 },
      },
    },
  }
}

interface State {
  isEmpty: boolean
}

const about = (name: string) => ({
  name,
  title: name,
  description: name,
  capability: 'llm.chat' as const,
  annotations: READ_ONLY,
})

export const server = defineServer<State>({
  name: 'llm-local',
  title: 'Fixture',
  version: '1.0.0',
  description: 'Answers as a language model does.',
  scope: 'system',
  models: 'local',
  tools: [
    defineTool({
      ...about('chat'),
      input: Chat,
      handler: (args, call, state: State) => chat(args, call, state),
    }),
    defineTool({
      ...about('models'),
      input: Type.Object({}),
      handler: async (_, __, { isEmpty }: State) => ({
        content: [],
        structured: { models: isEmpty ? [] : MODELS },
      }),
    }),
    defineTool({
      ...about('count'),
      input: Type.Object({ messages: Type.Optional(Type.Array(Type.Object({}))) }),
      handler: async ({ messages = [] }) => {
        // Its models can call nothing.
        return { content: [], structured: { tokens: messages.length * 10, tools: false } }
      },
    }),
    defineTool({
      ...about('embed'),
      input: Type.Object({ input: Type.Union([Type.String(), Type.Array(Type.String())]) }),
      handler: async ({ input }) => {
        const data = [input].flat().map((text, index) => ({
          object: 'embedding',
          index,
          embedding: [text.length, index],
        }))
        const usage = { prompt_tokens: data.length, total_tokens: data.length }
        return { content: [], structured: { object: 'list', data, model: 'tiny-embed', usage } }
      },
    }),
  ],
  open: async ({ env }) => ({ isEmpty: env.LLM_FIXTURE_EMPTY === '1' }),
})

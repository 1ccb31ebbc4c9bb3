/** What the gateway offers of language models, described as any server's tools are. */
import type { DescribedMethod, Descriptor } from '../../protocol/descriptor.ts'
import type { JsonSchema } from '../../protocol/mcp.ts'
import { VERSION } from '../../protocol/version.ts'

const CAPABILITY = 'llm.chat'
const ANY_OBJECT: JsonSchema = { type: 'object' }
const TEXT: JsonSchema = { type: 'string' }

const MODEL: JsonSchema = {
  ...TEXT,
  description: 'The name of a model, as "luca llm --list" shows them; the default one without it.',
}
const OPTIONS: JsonSchema = {
  type: 'object',
  description:
    "What OpenAI's API takes besides: model, stream, temperature, max_tokens, tools, response_format…",
}

const method = (
  verb: string,
  description: string,
  properties: Record<string, JsonSchema>,
  result_schema: JsonSchema = ANY_OBJECT,
): DescribedMethod => ({
  verb,
  description,
  capability: CAPABILITY,
  positional: Object.keys(properties),
  params_schema: { type: 'object', properties, required: Object.keys(properties).slice(0, 1) },
  result_schema,
  destructive: false,
})

export const VERBS = {
  chat: 'chat',
  complete: 'complete',
  embed: 'embed',
  respond: 'respond',
  count: 'count',
  models: 'models',
} as const

export const LLM_DESCRIPTOR: Descriptor = {
  service_name: 'llm',
  title: 'Language models',
  version: VERSION,
  description: 'Language models of this machine, and those elsewhere that it was told of.',
  scope: 'system',
  listChanged: false,
  subscribe: false,
  tools: [
    {
      name: VERBS.chat,
      title: 'Ask a Language Model',
      description: 'Asks a language model, and gives its answer as text.',
      inputSchema: {
        type: 'object',
        properties: {
          prompt: { ...TEXT, description: 'The question; with "messages" instead, a whole conversation.' },
          messages: {
            type: 'array',
            description: 'The conversation so far.',
            items: {
              type: 'object',
              properties: { role: { enum: ['system', 'user', 'assistant'] }, content: TEXT },
              required: ['role', 'content'],
            },
          },
          system: { ...TEXT, description: 'What the model is told beforehand.' },
          model: MODEL,
          max_tokens: { type: 'integer', minimum: 1, description: 'The longest answer, in tokens.' },
          temperature: {
            type: 'number',
            minimum: 0,
            description: 'How freely it chooses its words; 0 for not at all.',
          },
          schema: { type: 'object', description: 'A JSON Schema that the answer must follow.' },
        },
        additionalProperties: false,
      },
      annotations: {
        title: 'Ask a Language Model',
        ...{ readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true },
      },
      capability: CAPABILITY,
    },
  ],
  prompts: [],
  resources: [],
  resourceTemplates: [],
  methods: [
    method(VERBS.chat, "Continues a conversation; gives a completion object of OpenAI's.", {
      messages: { type: 'array', items: { type: 'object' } },
      options: OPTIONS,
    }),
    method(VERBS.complete, 'Continues a text; gives a completion object.', {
      prompt: TEXT,
      options: OPTIONS,
    }),
    method(VERBS.embed, 'Embeds texts; gives a list of vectors.', {
      input: { type: ['string', 'array'] },
      options: OPTIONS,
    }),
    method(VERBS.respond, "Takes and gives what OpenAI's Responses API does.", { body: ANY_OBJECT }),
    method(VERBS.count, 'Counts the tokens of a conversation, and says how many the model can see at once.', {
      messages: { type: 'array', items: { type: 'object' } },
      options: OPTIONS,
    }),
    method(VERBS.models, 'Names the models that there are.', {}),
  ],
  completions: false,
}

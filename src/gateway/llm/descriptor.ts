/** What the gateway offers of language models, described as any server's tools are. */
import type { DescribedMethod, Descriptor } from '../../protocol/descriptor.ts'
import type { JsonSchema } from '../../protocol/mcp.ts'
import { VERSION } from '../../protocol/version.ts'

const CAPABILITY = 'llm.chat'
const ANY_OBJECT: JsonSchema = { type: 'object' }
const TEXT: JsonSchema = { type: 'string' }

const MODEL: JsonSchema = {
  ...TEXT,
  description: 'The name of a model, as "luca llm --list" shows it. Default: the default model.',
}
const OPTIONS: JsonSchema = {
  type: 'object',
  description:
    "Other parameters of OpenAI's API: model, stream, temperature, max_tokens, tools, response_format…",
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
  description: 'Language models of this machine, and those elsewhere that are configured.',
  scope: 'system',
  listChanged: false,
  subscribe: false,
  tools: [
    {
      name: VERBS.chat,
      title: 'Ask a Language Model',
      description: 'Asks a language model, and returns its answer as text.',
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
          system: { ...TEXT, description: 'The system message.' },
          model: MODEL,
          max_tokens: { type: 'integer', minimum: 1, description: 'The longest answer, in tokens.' },
          temperature: {
            type: 'number',
            minimum: 0,
            description: 'Randomness of the answer; 0 for none.',
          },
          schema: { type: 'object', description: 'A JSON Schema that the answer must follow.' },
        },
        additionalProperties: false,
      },
      annotations: {
        title: 'Ask a Language Model',
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: true,
      },
      capability: CAPABILITY,
    },
  ],
  prompts: [],
  resources: [],
  resourceTemplates: [],
  methods: [
    method(VERBS.chat, "Continues a conversation; returns OpenAI's completion object.", {
      messages: { type: 'array', items: { type: 'object' } },
      options: OPTIONS,
    }),
    method(VERBS.complete, 'Continues a text; returns a completion object.', {
      prompt: TEXT,
      options: OPTIONS,
    }),
    method(VERBS.embed, 'Embeds texts; returns a list of vectors.', {
      input: { type: ['string', 'array'] },
      options: OPTIONS,
    }),
    method(VERBS.respond, "Takes the request and returns the response of OpenAI's Responses API.", {
      body: ANY_OBJECT,
    }),
    method(
      VERBS.count,
      'Counts the tokens of a conversation, and returns how many the model can read at once.',
      {
        messages: { type: 'array', items: { type: 'object' } },
        options: OPTIONS,
      },
    ),
    method(VERBS.models, 'Lists the models.', {}),
  ],
  completions: false,
}

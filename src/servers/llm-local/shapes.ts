/** The bodies of requests and answers, in OpenAI's shape: what of it is understood here. */
import * as Type from '../../protocol/schema.ts'

const MAX_MESSAGES = 10_000
const MAX_TOOLS = 512
const MAX_INPUTS = 2048

const closed = { additionalProperties: false }
const model = Type.Optional(Type.String({ description: 'Its id; the usual one without.' }))
const json = Type.Record(Type.String(), Type.Unknown())

const Message = Type.Object({
  role: Type.Enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: Type.Optional(
    Type.Union([
      Type.String(),
      Type.Null(),
      Type.Array(Type.Object({ type: Type.String(), text: Type.Optional(Type.String()) })),
    ]),
  ),
  name: Type.Optional(Type.String()),
  tool_call_id: Type.Optional(Type.String()),
  tool_calls: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        type: Type.Literal('function'),
        function: Type.Object({ name: Type.String(), arguments: Type.String() }),
      }),
    ),
  ),
})
const messages = Type.Array(Message, { minItems: 1, maxItems: MAX_MESSAGES })

const Tool = Type.Object({
  type: Type.Literal('function'),
  function: Type.Object({
    name: Type.String({ minLength: 1 }),
    description: Type.Optional(Type.String()),
    parameters: Type.Optional(json),
    strict: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  }),
})
const tools = Type.Optional(Type.Array(Tool, { maxItems: MAX_TOOLS }))

const sampling = {
  max_tokens: Type.Optional(Type.Integer({ minimum: 1 })),
  max_completion_tokens: Type.Optional(Type.Integer({ minimum: 1 })),
  temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
  top_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  frequency_penalty: Type.Optional(Type.Number({ minimum: -2, maximum: 2 })),
  presence_penalty: Type.Optional(Type.Number({ minimum: -2, maximum: 2 })),
  seed: Type.Optional(Type.Integer()),
  stop: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 16 })])),
  response_format: Type.Optional(
    Type.Union([
      Type.Object({ type: Type.Literal('text') }),
      Type.Object({ type: Type.Literal('json_object') }),
      Type.Object({
        type: Type.Literal('json_schema'),
        json_schema: Type.Object({ schema: Type.Optional(json) }),
      }),
    ]),
  ),
  grammar: Type.Optional(Type.String({ description: 'A grammar in GBNF that the answer keeps to.' })),
}

export const Chat = Type.Object(
  {
    model,
    messages,
    tools,
    ...sampling,
    tool_choice: Type.Optional(
      Type.Union([
        Type.Enum(['none', 'auto', 'required']),
        Type.Object({ type: Type.Literal('function'), function: Type.Object({ name: Type.String() }) }),
      ]),
    ),
    parallel_tool_calls: Type.Optional(Type.Boolean()),
    context_overflow: Type.Optional(
      Type.Enum(['error', 'drop_oldest'], {
        description: 'What becomes of a conversation that is too long; "error" without.',
      }),
    ),
  },
  closed,
)

export const Complete = Type.Object({ model, prompt: Type.String(), ...sampling }, closed)

export const Embed = Type.Object(
  {
    model,
    input: Type.Union([
      Type.String({ minLength: 1 }),
      Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: MAX_INPUTS }),
    ]),
  },
  closed,
)

export const Count = Type.Object(
  { model, messages: Type.Optional(messages), tools, text: Type.Optional(Type.String()) },
  closed,
)

export const Counted = Type.Object({
  model: Type.String(),
  tokens: Type.Integer(),
  context: Type.Integer({ description: 'How many the model can see at once.' }),
  tools: Type.Boolean({ description: 'Whether the model can be given tools.' }),
})

const finish_reason = Type.Enum(['stop', 'length', 'tool_calls'])
const usage = Type.Object({
  prompt_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
  prompt_tokens_details: Type.Object({ cached_tokens: Type.Integer() }),
})
const head = { id: Type.String(), created: Type.Integer(), model: Type.String() }

export const ChatCompletion = Type.Object({
  ...head,
  object: Type.Literal('chat.completion'),
  choices: Type.Array(
    Type.Object({ index: Type.Integer(), message: Message, logprobs: Type.Null(), finish_reason }),
  ),
  usage,
  llmbasedos: Type.Optional(Type.Object({ dropped_messages: Type.Integer() })),
})

export const TextCompletion = Type.Object({
  ...head,
  object: Type.Literal('text_completion'),
  choices: Type.Array(
    Type.Object({ index: Type.Integer(), text: Type.String(), logprobs: Type.Null(), finish_reason }),
  ),
  usage,
})

export const Embeddings = Type.Object({
  object: Type.Literal('list'),
  data: Type.Array(
    Type.Object({
      object: Type.Literal('embedding'),
      index: Type.Integer(),
      embedding: Type.Array(Type.Number()),
    }),
  ),
  model: Type.String(),
  usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
})

export const Models = Type.Object({
  models: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: Type.Enum(['chat', 'embedding']),
      context: Type.Integer({ description: 'How many tokens it can see at once, here.' }),
      bytes: Type.Integer(),
      loaded: Type.Boolean(),
      default: Type.Boolean({ description: 'Whether it is used where none is named.' }),
    }),
  ),
})

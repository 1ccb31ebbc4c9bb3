/** What the gateway asks of the models, with bodies in OpenAI's shape. */
import { randomBytes } from 'node:crypto'
import { type ChatRequest, type CompletionRequest, EngineError, type Generated } from '../../models/engine.ts'
import { defineTool, type ToolContext, ToolError } from '../../protocol/define.ts'
import * as Type from '../../protocol/schema.ts'
import type { LocalModels, Progress } from './local-models.ts'
import * as shape from './shapes.ts'

const ANNOTATIONS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
}

const chat = defineTool({
  name: 'chat',
  title: 'Chat',
  description: 'Answers a conversation with a model of this machine.',
  capability: 'llm.chat',
  input: shape.Chat,
  output: shape.ChatCompletion,
  annotations: ANNOTATIONS,
  async handler({ model: name, ...request }, call, models: LocalModels) {
    const { model, answer } = await asked(
      models.request('chat', name, request as ChatRequest, progressOf(call)),
    )
    const { content, toolCalls, droppedMessages } = answer
    const message = {
      role: 'assistant' as const,
      content: toolCalls.length > 0 && content === '' ? null : content,
      ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    }
    return {
      // The answer once is enough: as text it would double what is passed on.
      content: [],
      structured: {
        ...head('chatcmpl', 'chat.completion', model),
        choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finishReason }],
        usage: usageOf(answer),
        ...(droppedMessages > 0 ? { llmbasedos: { dropped_messages: droppedMessages } } : {}),
      },
    }
  },
})

const complete = defineTool({
  name: 'complete',
  title: 'Complete',
  description: 'Goes on with a text.',
  capability: 'llm.chat',
  input: shape.Complete,
  output: shape.TextCompletion,
  annotations: ANNOTATIONS,
  async handler({ model: name, ...request }, call, models: LocalModels) {
    const wanted = request as CompletionRequest
    const { model, answer } = await asked(models.request('complete', name, wanted, progressOf(call)))
    return {
      content: [],
      structured: {
        ...head('cmpl', 'text_completion', model),
        choices: [{ index: 0, text: answer.content, logprobs: null, finish_reason: answer.finishReason }],
        usage: usageOf(answer),
      },
    }
  },
})

const embed = defineTool({
  name: 'embed',
  title: 'Embed',
  description: 'Gives a vector for each text, by which texts of like meaning are near each other.',
  capability: 'llm.embed',
  input: shape.Embed,
  output: shape.Embeddings,
  annotations: { ...ANNOTATIONS, idempotentHint: true },
  async handler({ model: name, input }, call, models: LocalModels) {
    const texts = typeof input === 'string' ? [input] : input
    const { model, answer } = await asked(models.embed(name, { input: texts }, progressOf(call)))
    return {
      content: [],
      structured: {
        object: 'list' as const,
        data: answer.vectors.map((embedding, index) => ({ object: 'embedding' as const, index, embedding })),
        model,
        usage: { prompt_tokens: answer.promptTokens, total_tokens: answer.promptTokens },
      },
    }
  },
})

const list = defineTool({
  name: 'models',
  title: 'Models',
  description: 'Lists the models of this machine.',
  capability: 'llm.models',
  input: Type.Object({}, { additionalProperties: false }),
  output: shape.Models,
  annotations: { ...ANNOTATIONS, idempotentHint: true },
  async handler(_, _call, models: LocalModels) {
    return { structured: { models: await asked((async () => models.list())()) } }
  },
})

const count = defineTool({
  name: 'count',
  title: 'Count Tokens',
  description: 'Counts the tokens of a prompt, as the model reads it.',
  capability: 'llm.chat',
  input: shape.Count,
  output: shape.Counted,
  annotations: { ...ANNOTATIONS, idempotentHint: true },
  async handler({ model, ...request }, call, models: LocalModels) {
    return { structured: await asked(models.count(model, request as ChatRequest, call.signal)) }
  },
})

export const tools = [chat, complete, embed, list, count]

const progressOf = (call: ToolContext): Progress => ({
  signal: call.signal,
  onPosition: (position) => call.sendModelStatus({ queued: { position } }),
  onDelta: (delta) => void call.sendDelta({ delta }),
})

/** What the models refuse, the caller can read. */
async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const { code, message, details } = error
    throw new ToolError(message, { cause: error, structured: { error: { code, message, ...details } } })
  }
}

const head = <T extends string>(prefix: string, object: T, model: string) => ({
  id: `${prefix}-${randomBytes(12).toString('hex')}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model,
})

const usageOf = ({ promptTokens, completionTokens, cachedTokens }: Generated) => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  prompt_tokens_details: { cached_tokens: cachedTokens },
})

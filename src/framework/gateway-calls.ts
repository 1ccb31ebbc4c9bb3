/** `ToolContext.gateway`: what a handler has others do. */
import { GATEWAY, modelsIn, vectorsIn } from '../protocol/calls.ts'
import {
  CallError,
  type ChatAnswer,
  type GatewayCalls,
  ToolError,
  type ToolErrorKind,
  UNTRUSTED_SOURCES,
  type UntrustedSource,
} from '../protocol/define.ts'
import { ERRORS } from '../protocol/errors.ts'
import { RpcError } from '../protocol/jsonrpc.ts'
import {
  type CallToolResult,
  META,
  NOTIFICATION,
  type ResourceContents,
  type Result,
} from '../protocol/mcp.ts'
import { type ChatDelta, isChatDelta } from '../protocol/model-delta.ts'
import { isRecord, isWhole } from '../protocol/values.ts'
import type { AskOptions } from './gateway-requests.ts'

/** The request that a handler works on. */
export interface Asking {
  askGateway(method: string, params: Record<string, unknown>, options: AskOptions): Promise<Result>
  /** Takes note that what others wrote was read within it. */
  hasRead(source: UntrustedSource): void
}

export function handlerCalls(request: Asking): GatewayCalls {
  const ask = async (
    method: string,
    params: Record<string, unknown>,
    options: AskOptions,
  ): Promise<Result> => {
    try {
      return await request.askGateway(method, params, options)
    } catch (error) {
      throw error instanceof RpcError ? new CallError(error.message, kindOf(error), error) : error
    }
  }
  const read = async (method: string, params: Record<string, unknown>, signal: AbortSignal | undefined) => {
    const result = await ask(method, params, { signal })
    const source = sourceOf(result)
    if (source) request.hasRead(source)
    return result
  }
  return {
    async callTool(name, args = {}, { signal } = {}) {
      const result = await read(GATEWAY.callTool, { name, arguments: args }, signal)
      if (!isToolResult(result)) throw unreadable()
      if (result.isError !== true) return result
      const text = result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
      throw new ToolError(text, { structured: result.structuredContent, untrusted: sourceOf(result) })
    },

    async readResource(uri, { signal } = {}) {
      const { contents } = await read(GATEWAY.readResource, { uri }, signal)
      if (!Array.isArray(contents) || !contents.every(isContents)) throw unreadable()
      return contents
    },

    async chat(chatRequest, { signal, onDelta, onStep } = {}) {
      const onNotification = (method: string, { chunk }: Record<string, unknown>) => {
        if (method !== NOTIFICATION.llmChunk || !isRecord(chunk)) return undefined
        if (isRecord(chunk.llmbasedos) && chunk.llmbasedos.step !== undefined) onStep?.(chunk.llmbasedos.step)
        const delta = deltaIn(chunk)
        return delta && onDelta?.(delta)
      }
      const isHeard = onDelta !== undefined || onStep !== undefined
      const { value } = await ask(
        GATEWAY.chat,
        { request: { ...chatRequest, stream: isHeard } },
        { signal, ...(isHeard ? { onNotification } : {}) },
      )
      if (!isChatAnswer(value)) throw unreadable()
      return value
    },

    async countTokens(chatRequest, { signal } = {}) {
      const { value } = await ask(GATEWAY.count, { request: chatRequest }, { signal })
      if (!isRecord(value) || !isWhole(value.tokens, 0)) throw unreadable()
      return { tokens: value.tokens, context: isWhole(value.context, 1) ? value.context : undefined }
    },

    async embed(texts, { signal, model } = {}) {
      if (texts.length === 0) return []
      const embedRequest = { input: texts, ...(model === undefined ? {} : { model }) }
      const { value } = await ask(GATEWAY.embed, { request: embedRequest }, { signal })
      const vectors = vectorsIn(value, texts.length)
      if (!vectors) throw unreadable()
      return vectors
    },

    async models({ signal } = {}) {
      const { value } = await ask(GATEWAY.models, {}, { signal })
      const models = modelsIn(value)
      if (!models) throw unreadable()
      return models
    },
  }
}

function kindOf({ code }: RpcError): ToolErrorKind {
  if (code === ERRORS.FORBIDDEN.code || code === ERRORS.MODEL_NOT_ALLOWED.code) return 'permission'
  return code === ERRORS.INVALID_PARAMS.code ? 'invalid' : 'failed'
}

const sourceOf = ({ _meta }: Result): UntrustedSource | undefined =>
  UNTRUSTED_SOURCES.find((source) => source === _meta?.[META.untrusted])

const isToolResult = (result: Result): result is CallToolResult =>
  Array.isArray(result.content) && result.content.every(isRecord)

const isContents = (part: unknown): part is ResourceContents =>
  isRecord(part) &&
  typeof part.uri === 'string' &&
  (typeof part.text === 'string' || typeof part.blob === 'string')

/** The delta of a chunk's first choice, in OpenAI's shape. */
function deltaIn({ choices }: Record<string, unknown>): ChatDelta | undefined {
  const [choice] = Array.isArray(choices) ? choices : []
  return isRecord(choice) && isChatDelta(choice.delta) ? choice.delta : undefined
}

const isChatAnswer = (value: unknown): value is ChatAnswer =>
  isRecord(value) &&
  Array.isArray(value.choices) &&
  value.choices.every((choice) => isRecord(choice) && isChatDelta(choice.message))

const unreadable = (): CallError =>
  new CallError('What was called answered with something that can’t be read.', 'failed', {
    code: ERRORS.INTERNAL.code,
    data: undefined,
  })

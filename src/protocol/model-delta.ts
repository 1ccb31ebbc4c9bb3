/**
 * What a server of models sends of an answer before it is whole, to a gateway that asks for it with `_meta` (META.deltas):
 * notifications of ours, with OpenAI's shapes in them. A type says nothing of what came, so each is checked when it arrives.
 * Source: https://platform.openai.com/docs/api-reference/chat-streaming
 */
import type OpenAI from 'openai'
import { isRecord, isWhole } from './values.ts'

type OpenAiDelta = OpenAI.ChatCompletionChunk.Choice.Delta
type OpenAiCall = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall

/** A part of a call of a tool: its name and its arguments come in as many as the model likes. */
export type ToolCallDelta = Pick<OpenAiCall, 'index' | 'id' | 'function'>

/**
 * OpenAI's delta, as far as it is checked, and what models think. Of a text completion, `content` is its text. Providers add
 * fields of their own, which are passed on as they came.
 */
export type ChatDelta = Pick<OpenAiDelta, 'content' | 'refusal'> & {
  role?: string
  reasoning_content?: string | null
  tool_calls?: ToolCallDelta[] | null
}

/** `params` of a delta: one choice's next part of the answer. */
export interface Delta {
  /** Which of several choices; the first without. */
  index?: number
  delta: ChatDelta
  /** Why the choice ended, if it has; providers have words of their own for it. */
  finish_reason?: string
  /** What else a provider says of the choice, such as `logprobs`, and of the chunk around it. */
  more?: Record<string, unknown>
  around?: Record<string, unknown>
}

/** `params` of a status: what an answer waits for. */
export type ModelStatus =
  /** Other requests, so many of which come before it. */
  | { queued: { position: number } }
  /** A pause before a provider is asked again, which has begun or has ended. */
  | { pausing: boolean }

/** The delta that a notification's `params` hold; undefined where they hold none. */
export function readDelta({
  index,
  delta,
  finish_reason: reason,
  more,
  around,
}: Readonly<Record<string, unknown>>): Delta | undefined {
  const isSound =
    (index === undefined || isWhole(index, 0)) &&
    isOptionalText(reason) &&
    (more === undefined || isRecord(more)) &&
    (around === undefined || isRecord(around)) &&
    isChatDelta(delta)
  if (!isSound) return undefined
  return {
    delta,
    ...(index === undefined ? {} : { index }),
    ...(reason === undefined ? {} : { finish_reason: reason }),
    ...(more === undefined ? {} : { more }),
    ...(around === undefined ? {} : { around }),
  }
}

/** The status that a notification's `params` hold; undefined where they hold none. */
export function readModelStatus({
  queued,
  pausing,
}: Readonly<Record<string, unknown>>): ModelStatus | undefined {
  if (typeof pausing === 'boolean') return { pausing }
  return isRecord(queued) && isWhole(queued.position, 0)
    ? { queued: { position: queued.position } }
    : undefined
}

/** Whether a value is a delta, as far as `ChatDelta` says what one is. */
export const isChatDelta = (value: unknown): value is ChatDelta =>
  isRecord(value) &&
  isOptionalText(value.role) &&
  isTextOrNothing(value.content) &&
  isTextOrNothing(value.refusal) &&
  isTextOrNothing(value.reasoning_content) &&
  (value.tool_calls === undefined ||
    value.tool_calls === null ||
    (Array.isArray(value.tool_calls) && value.tool_calls.every(isToolCallDelta)))

const isToolCallDelta = (value: unknown): value is ToolCallDelta =>
  isRecord(value) &&
  isWhole(value.index, 0) &&
  isOptionalText(value.id) &&
  (value.function === undefined ||
    (isRecord(value.function) &&
      isOptionalText(value.function.name) &&
      isOptionalText(value.function.arguments)))

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'

const isTextOrNothing = (value: unknown): value is string | null | undefined =>
  value === null || isOptionalText(value)

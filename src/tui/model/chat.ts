/** What goes to a language model and comes from it, in the shape that OpenAI gave it. */
import type OpenAI from 'openai'
import type { ToolCallDelta } from '../../protocol/model-delta.ts'

export type ChatToolCall = OpenAI.ChatCompletionMessageFunctionToolCall

/** A message of the conversation; all that is said here is text. */
export type ChatTurn =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string | null; tool_calls?: readonly ChatToolCall[] }
  | (Pick<OpenAI.ChatCompletionToolMessageParam, 'role' | 'tool_call_id'> & { content: string })

export type ChatTool = OpenAI.ChatCompletionFunctionTool

export interface ChatRequest {
  messages: readonly ChatTurn[]
  /** The gateway's default without. */
  model: string | undefined
  /** All that the model may be given. */
  tools: readonly ChatTool[]
  /** Names of those that it was given, or that it called, in this conversation. */
  offered: readonly string[]
}

/** The tools that a model was given with a question. */
export interface ToolOffer {
  names: readonly string[]
  /** How many there are in all. */
  of: number
  /** Why it was not told of all: they take too many tokens, or it has no way to call any. */
  because?: 'budget' | 'unable'
  /** How many tokens there are for them. */
  budget?: number
  /** Whether something that tools gave was cut, to fit. */
  isCut?: boolean
}

/** The next part of an answer. */
export interface ChatDelta {
  content?: string
  tool_calls?: readonly ToolCallDelta[]
  model?: string
  /** So many of the oldest messages were left out, to fit. */
  dropped?: number
}

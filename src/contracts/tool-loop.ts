/**
 * What a request for an answer says of the loop in which a model calls tools, and what is told of that loop: an extension of ours to OpenAI's
 * shape, in the field `llmbasedos` of requests, chunks and answers.
 */

/** Why a loop ended. Whatever the reason, its last message is an answer in words. */
export type LoopEnd = 'answered' | 'rounds' | 'tokens' | 'time' | 'repeated' | 'empty' | 'client_tools'

/** In a request, beside `tools: "auto"`. */
export interface LoopRequest {
  /** Names of the tools that may be shown, where not all of them may. */
  tools?: readonly string[]
  /** Names of tools that showed this conversation what others wrote, before this question. */
  read?: readonly string[]
  /** Names of the tools that were shown for the question before, so that a model need not read all anew. */
  shown?: readonly string[]
  /** Whether steps are told as they happen. */
  steps?: boolean
}

/** In `llmbasedos.step` of a chunk. */
export type LoopStep =
  | { kind: 'shown'; tools: readonly string[]; of: number; because?: 'budget' | 'unable' }
  | { kind: 'call'; id: string; name: string; arguments: string }
  | { kind: 'asks'; id: string }
  | { kind: 'result'; id: string; isError: boolean; isCut: boolean; text: string; untrusted?: string }
  | { kind: 'shortened'; results: number; turns: number }

/** In `llmbasedos.loop` of the answer, and of the last chunk of one that comes in pieces. */
export interface LoopReport {
  ended: LoopEnd
  rounds: number
  /** Names of the tools that were shown, and how many there are for this caller. */
  shown: readonly string[]
  of: number
  model: string
  /** The complexity that was chosen for it, where levels are configured. */
  level?: number
  /** Names of tools that showed what others wrote, those of the request among them. */
  read: readonly string[]
  /** What was said after the request's messages, in OpenAI's shape: calls, their results as the model had them, and the answer. */
  messages: readonly Record<string, unknown>[]
}

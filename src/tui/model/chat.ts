/** What goes to a language model and comes from it, in the shape that OpenAI gave it. */

export interface ChatToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

export type ChatTurn =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string | null; tool_calls?: readonly ChatToolCall[] }
  | { role: 'tool'; tool_call_id: string; content: string }

export interface ChatTool {
  type: 'function'
  function: { name: string; description: string; parameters: Record<string, unknown> }
}

export interface ChatRequest {
  messages: readonly ChatTurn[]
  /** The gateway's default without. */
  model: string | undefined
  /** All that the model may be told of. */
  tools: readonly ChatTool[]
  /** Names of those that it was told of, or that it called, in this conversation. */
  offered: readonly string[]
}

/** The tools that a model was told of with a question. */
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

/** A piece of an answer. */
export interface ChatDelta {
  content?: string
  tool_calls?: readonly {
    index: number
    id?: string
    function?: { name?: string; arguments?: string }
  }[]
  model?: string
  /** So many of the oldest messages were left out, to fit. */
  dropped?: number
}

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
  tools: readonly ChatTool[]
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
}
